//! Real Traefik with the built plugin, in its own directory.

use std::path::Path;

use tempfile::TempDir;

use crate::process::{Process, Program};
use crate::sidecar::Keys;
use crate::{paths, ports};

const PLUGIN: &str = "plugins-local/src/github.com/mcpbouncer/mcpbouncer";

/// A running Traefik.
pub struct Traefik {
    process: Process,
    port: u16,
    directory: TempDir,
}

/// A plugin besides ours.
pub struct LocalPlugin {
    /// The module name of the plugin.
    pub name: &'static str,
    /// The `.traefik.yml` of the plugin.
    pub manifest: &'static str,
    /// The code of the plugin.
    pub wasm: Vec<u8>,
}

impl Traefik {
    /// Starts Traefik with a static configuration and dynamic files (pairs of name and text).
    pub async fn start(keys: &Keys, configuration: &str, files: &[(&str, String)]) -> Self {
        Self::start_with(keys, configuration, files, &[]).await
    }

    /// Like [`Self::start`], with additional plugins.
    pub async fn start_with(
        keys: &Keys,
        configuration: &str,
        files: &[(&str, String)],
        plugins: &[LocalPlugin],
    ) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let root = directory.path();
        lay_out(root, configuration);
        for plugin in plugins {
            let path = root.join("plugins-local/src").join(plugin.name);
            std::fs::create_dir_all(&path).expect("a plugin's directory");
            std::fs::write(path.join(".traefik.yml"), plugin.manifest).expect("its manifest");
            std::fs::write(path.join("plugin.wasm"), &plugin.wasm).expect("its code");
        }
        for (name, text) in files {
            std::fs::write(root.join("dynamic").join(name), text).expect("a dynamic file");
        }
        let process = Program::new("traefik", paths::traefik())
            .arg("--configFile=traefik.yml")
            .env("BOUNCER_PLUGIN_KEY", &keys.plugin_key)
            .env("BOUNCER_TRUST_ANCHOR", &keys.trust_anchor)
            .directory(root)
            .start(root);
        Self::listening(process, directory, configuration).await
    }

    /// Starts Traefik without any key, in the folder that the sidecar shares with it, where it finds its plugin.
    pub async fn start_in(shared: &Path, configuration: &str, files: &[(&str, String)]) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let root = directory.path();
        let dynamic = root.join("dynamic");
        std::fs::create_dir(&dynamic).expect("the dynamic directory");
        for (name, text) in files {
            std::fs::write(dynamic.join(name), text).expect("a dynamic file");
        }
        let example = "directory: dynamic";
        assert!(configuration.contains(example), "the example no longer holds '{example}'");
        let configuration = configuration.replace(example, &format!("directory: {}", dynamic.display()));
        let file = root.join("traefik.yml");
        std::fs::write(&file, &configuration).expect("the static configuration");
        let process = Program::new("traefik", paths::traefik())
            .arg(format!("--configFile={}", file.display()))
            .directory(shared)
            .start(root);
        Self::listening(process, directory, &configuration).await
    }

    async fn listening(mut process: Process, directory: TempDir, configuration: &str) -> Self {
        let id = process.id();
        let api = api_port(configuration);
        let chosen = |port: &u16| Some(*port) != api;
        let port = process.wait_for("listens", |_, _| ports::listening(id).into_iter().find(chosen)).await;
        Self { process, port, directory }
    }

    /// The port of Traefik's entry point on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops Traefik, and waits until it has ended.
    pub async fn stop(&mut self) {
        self.process.terminate().await;
    }

    /// Returns Traefik's log so far.
    pub fn log(&self) -> String {
        self.process.stdout() + &self.process.stderr()
    }

    /// Waits until `find` finds something in Traefik's log. `what` is for the error message.
    pub async fn logged<T>(&mut self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        self.process.wait_for(what, |out, err| find(out).or_else(|| find(err))).await
    }

    /// Replaces the dynamic file with this name. Traefik notices the change.
    pub fn replace(&self, name: &str, text: &str) {
        let dynamic = self.directory.path().join("dynamic");
        let new = self.directory.path().join("new.yml");
        std::fs::write(&new, text).expect("a dynamic file");
        std::fs::rename(new, dynamic.join(name)).expect("the dynamic directory");
    }

    /// Traefik's process id, for measuring its memory.
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

/// Returns the version of the installed Traefik, such as `(3, 7, 15)`, because versions of Traefik behave differently.
pub async fn version() -> (u32, u32, u32) {
    let directory = TempDir::new().expect("a temporary directory");
    let text = Program::new("version", paths::traefik()).arg("version").run(directory.path(), "").await;
    let line = text.lines().find_map(|line| line.strip_prefix("Version:")).expect("its version");
    let mut parts =
        line.trim().trim_start_matches('v').split(['.', '-']).map(|part| part.parse().expect("a number"));
    let mut next = || parts.next().expect("three numbers");
    (next(), next(), next())
}

/// Returns the error with which Traefik refuses a static configuration.
pub async fn refusal(configuration: &str) -> String {
    let directory = TempDir::new().expect("a temporary directory");
    lay_out(directory.path(), configuration);
    let mut process = Program::new("refused", paths::traefik())
        .arg("--configFile=traefik.yml")
        .directory(directory.path())
        .start(directory.path());
    let status = process.ended().await;
    assert!(!status.success(), "it started");
    process.stdout() + &process.stderr()
}

/// Returns the port of the entry point for Traefik's API, if the configuration has one.
fn api_port(configuration: &str) -> Option<u16> {
    let (_, address) = configuration.split_once("  traefik:\n    address: \"")?;
    address.split_once('"')?.0.rsplit_once(':')?.1.parse().ok()
}

fn lay_out(root: &Path, configuration: &str) {
    let plugin = root.join(PLUGIN);
    std::fs::create_dir_all(&plugin).expect("the plugin's directory");
    std::fs::create_dir_all(root.join("dynamic")).expect("the dynamic directory");
    std::fs::copy(paths::plugin_wasm(), plugin.join("plugin.wasm")).expect("the plugin");
    std::fs::copy(paths::repository().join(".traefik.yml"), plugin.join(".traefik.yml"))
        .expect("its manifest");
    std::fs::write(root.join("traefik.yml"), configuration).expect("the static configuration");
}
