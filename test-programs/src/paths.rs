//! The paths of the built files and the fetched tools. Each can be set by an environment variable.

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository").to_path_buf()
}

/// Traefik: `$TRAEFIK`.
pub fn traefik() -> PathBuf {
    tool("TRAEFIK")
}

/// Node.js: `$NODE`.
pub fn node() -> PathBuf {
    tool("NODE")
}

/// The folder of PostgreSQL's programs: `$POSTGRES`.
pub fn postgres() -> PathBuf {
    tool("POSTGRES")
}

/// Python with the packages of `tests/python`: `$PYTHON`.
pub fn python() -> PathBuf {
    tool("PYTHON")
}

/// Chromium: `$CHROMIUM`.
pub fn chromium() -> PathBuf {
    tool("CHROMIUM")
}

/// Dex: `$DEX`.
pub fn dex() -> PathBuf {
    tool("DEX")
}

/// The folder of `prometheus` and `promtool`: `$PROMETHEUS`.
pub fn prometheus() -> PathBuf {
    tool("PROMETHEUS")
}

/// The folder of an unpacked and built Keycloak: `$KEYCLOAK`.
pub fn keycloak() -> PathBuf {
    tool("KEYCLOAK")
}

/// Java: `$JAVA`.
pub fn java() -> PathBuf {
    tool("JAVA")
}

/// Docker Compose: `$DOCKER_COMPOSE`.
pub fn docker_compose() -> PathBuf {
    tool("DOCKER_COMPOSE")
}

/// Pebble: `$PEBBLE`.
pub fn pebble() -> PathBuf {
    tool("PEBBLE")
}

/// The built plugin: `$PLUGIN_WASM`, by default `target/plugin/plugin.wasm`.
pub fn plugin_wasm() -> PathBuf {
    built("PLUGIN_WASM", "target/plugin/plugin.wasm", "make plugin")
}

/// The sidecar program: `$MCPBOUNCER`, by default `target/debug/mcpbouncer`.
pub fn mcpbouncer() -> PathBuf {
    built("MCPBOUNCER", "target/debug/mcpbouncer", "make sidecar")
}

/// A statically linked sidecar program: `$MCPBOUNCER_STATIC`, by default `target/static/mcpbouncer`.
pub fn mcpbouncer_static() -> PathBuf {
    built("MCPBOUNCER_STATIC", "target/static/mcpbouncer", "make static")
}

/// The folder for screenshots of the pages: `$MCPBOUNCER_PAGES`; `None` if that is not set.
pub fn screenshots() -> Option<PathBuf> {
    variable_of_environment("MCPBOUNCER_PAGES")
}

/// A file of the package in `tests/`, such as `node/idp.mjs`.
pub fn of_tests(file: &str) -> PathBuf {
    repository().join("tests").join(file)
}

/// The file of an npm package that `tools/setup.sh` installed.
pub fn npm(file: &str) -> PathBuf {
    let path = of_tests("node/node_modules").join(file);
    assert!(path.exists(), "{} is missing: run `make setup`.", path.display());
    path
}

fn tool(variable: &str) -> PathBuf {
    let path = variable_of_environment(variable).or_else(|| from_setup(variable)).unwrap_or_else(|| {
        panic!("${variable} is not set: run `make setup`; `make test-providers` for Keycloak, `make test-containers` for Docker Compose and Pebble.")
    });
    assert!(path.exists(), "${variable} ({}) does not exist: run `make setup`.", path.display());
    path
}

fn built(variable: &str, file: &str, command: &str) -> PathBuf {
    let path = variable_of_environment(variable).unwrap_or_else(|| repository().join(file));
    assert!(path.exists(), "{} is not built: run `{command}`.", path.display());
    path
}

#[expect(clippy::disallowed_methods, reason = "the Makefile says where the tools are in variables")]
fn variable_of_environment(name: &str) -> Option<PathBuf> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Whether the tests of this run let the sidecar write the routers for OAuth (`MCPBOUNCER_FORM=one-label`).
pub fn runs_with_one_label() -> bool {
    variable_of_environment("MCPBOUNCER_FORM").is_some_and(|form| form.as_os_str() == "one-label")
}

/// Reads the `export NAME=value` lines that `tools/setup.sh` writes, so that `cargo test` works without `make`.
fn from_setup(name: &str) -> Option<PathBuf> {
    let start = format!("export {name}=");
    ["env", "env-providers", "env-containers"].iter().find_map(|file| {
        let text = std::fs::read_to_string(repository().join(".tools").join(file)).ok()?;
        text.lines().find_map(|line| line.strip_prefix(&start)).map(PathBuf::from)
    })
}
