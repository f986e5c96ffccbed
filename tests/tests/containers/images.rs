//! The images, built only from programs of this machine, under the names that the Compose file gives.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::paths;
use e2e::process::Program;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::engine::Engine;

pub mod postgres;

/// The image of the MCP server, and of any other program for Node.js.
pub const NODE: &str = "docker.io/mcp/everything:latest";
/// The maximum duration of a build, which copies up to 250 MB several times.
const BUILD: Duration = Duration::from_mins(5);
const TRAEFIK: &str = "docker.io/library/traefik:v3.7";

/// Builds all images that most tests need, once for all tests: the storage stays.
pub async fn build(engine: &Engine) {
    static BUILT: OnceCell<()> = OnceCell::const_new();
    BUILT.get_or_init(|| build_all(engine)).await;
}

async fn build_all(engine: &Engine) {
    let sidecar = paths::repository().join("tools/build-image.sh");
    let program = engine.program("build-image", &sidecar.display().to_string());
    let program = program.env("MCPBOUNCER_STATIC", paths::mcpbouncer_static()).env("HOME", home());
    program.run_within(BUILD, &engine.logs(), "").await;
    traefik(engine).await;
    node(engine).await;
}

/// Returns the home directory: Git checks who owns the repository, and finds its settings for that there.
fn home() -> PathBuf {
    std::env::home_dir().unwrap_or_default()
}

async fn traefik(engine: &Engine) {
    let context = context(engine);
    copy(&paths::traefik(), &context.path().join("traefik"));
    image(engine, TRAEFIK, "traefik", context.path()).await;
}

/// Builds the image of Pebble.
pub async fn pebble(engine: &Engine) {
    let context = context(engine);
    copy(&paths::pebble(), &context.path().join("pebble"));
    image(engine, "ghcr.io/letsencrypt/pebble:latest", "pebble", context.path()).await;
}

/// Builds the image with Node.js and its shared libraries, the MCP server as in its own image, and the tests' programs
/// below `/app/tests`.
async fn node(engine: &Engine) {
    let context = context(engine);
    let root = context.path();
    let node = paths::node();
    copy(&node, &below(root, Path::new("/usr/local/bin/node")));
    for library in libraries(engine, &node).await {
        copy(&library, &below(root, &library));
    }
    let server = paths::npm("@modelcontextprotocol/server-everything");
    copy(&server.join("package.json"), &root.join("app/package.json"));
    copy_folder(engine, &server.join("dist"), &root.join("app/dist")).await;
    copy_folder(engine, &paths::npm(""), &root.join("app/node_modules")).await;
    copy(&paths::of_tests("node/idp.mjs"), &root.join("app/tests/idp.mjs"));
    image(engine, NODE, "node", root).await;
}

/// Returns a folder on the file system of the storage: a temporary folder in memory may be too small.
fn context(engine: &Engine) -> TempDir {
    TempDir::new_in(engine.logs()).expect("a temporary folder")
}

async fn image(engine: &Engine, name: &str, file: &str, context: &Path) {
    let file = paths::of_tests(&format!("tests/containers/images/{file}.Containerfile"));
    let arguments = ["build", "--quiet", "--format", "docker", "--tag", name, "--file"];
    let build = engine.program("podman-build", "podman").args(arguments).arg(file).arg(context);
    build.run_within(BUILD, &engine.logs(), "").await;
}

/// Returns the files that the dynamic linker loads for a program, and the program itself.
async fn libraries(engine: &Engine, program: &Path) -> Vec<PathBuf> {
    let listed = Program::new("ldd", "ldd").arg(program).run(&engine.logs(), "").await;
    let words = listed.split_whitespace().filter(|word| word.starts_with('/'));
    let mut libraries: Vec<PathBuf> = words.map(PathBuf::from).collect();
    libraries.sort();
    libraries.dedup();
    libraries
}

fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").expect("an absolute path"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
    fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}

async fn copy_folder(engine: &Engine, from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    let from = from.join(".");
    Program::new("cp", "cp")
        .args(["--archive", "--no-preserve=ownership"])
        .arg(from)
        .arg(to)
        .run(&engine.logs(), "")
        .await;
}
