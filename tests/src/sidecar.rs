//! The sidecar program, its keys and its users.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::paths;
use crate::process::{Process, Program, json_lines};

/// The keys that `mcpbouncer keygen` prints.
#[derive(Clone)]
pub struct Keys {
    /// `BOUNCER_ENCRYPTION_KEY`, for the sidecar.
    pub encryption_key: String,
    /// `BOUNCER_PLUGIN_KEY`, for Traefik.
    pub plugin_key: String,
    /// `BOUNCER_TRUST_ANCHOR`, for Traefik.
    pub trust_anchor: String,
}

impl Keys {
    /// Returns empty keys: the sidecar makes its own, and the plugin finds them in the shared folder.
    pub const fn none() -> Self {
        Self { encryption_key: String::new(), plugin_key: String::new(), trust_anchor: String::new() }
    }

    /// Generates new keys.
    pub async fn generate() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let text = command("keygen").arg("keygen").run(directory.path(), "").await;
        let values: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
        let value =
            |name: &str| values.get(name).unwrap_or_else(|| panic!("keygen prints {name}")).to_string();
        Self {
            encryption_key: value("BOUNCER_ENCRYPTION_KEY"),
            plugin_key: value("BOUNCER_PLUGIN_KEY"),
            trust_anchor: value("BOUNCER_TRUST_ANCHOR"),
        }
    }
}

/// A local user.
#[derive(Clone, Copy, Debug)]
pub struct User {
    /// The user name.
    pub name: &'static str,
    /// The password.
    pub password: &'static str,
    /// The user's groups.
    pub groups: &'static [&'static str],
}

/// The local user of most tests.
pub const ALICE: User = User { name: "alice", password: "correct horse battery", groups: &["staff"] };
/// A second local user.
pub const BOB: User = User { name: "bob", password: "staple of another kind", groups: &[] };

/// A sidecar with its own directory for database and users.
pub struct Sidecar {
    keys: Keys,
    extra: Vec<(String, String)>,
    directory: TempDir,
    starts: u32,
    process: Option<Process>,
    address: String,
}

impl Sidecar {
    /// Adds the users and starts the sidecar. `extra` contains additional `BOUNCER_*` variables.
    pub async fn start(keys: &Keys, users: &[User], extra: &[(&str, &str)]) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        for user in users {
            add_user(&directory, user).await;
        }
        let extra = extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let address = "127.0.0.1:0".to_owned();
        let mut sidecar = Self { keys: keys.clone(), extra, directory, starts: 0, process: None, address };
        sidecar.resume().await;
        sidecar
    }

    /// The URL of the OAuth listener: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL of the operations listener (`/healthz`, `/readyz`).
    pub fn ops_url(&self) -> String {
        let lines = json_lines(&self.log());
        let address = lines.iter().rev().find(|line| line["listener"] == "ops").expect("the second listener");
        format!("http://{}", address["address"].as_str().expect("an address"))
    }

    /// The process id of the current run.
    pub fn id(&self) -> u32 {
        self.process.as_ref().expect("it runs").id()
    }

    /// Returns the log of the current or last run.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join(format!("sidecar-{}.err", self.starts)))
            .unwrap_or_default()
    }

    /// Kills the sidecar, as in a crash.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Asks the sidecar to stop, and waits until it has ended. Panics unless it exits with success.
    pub async fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let status = process.terminate().await;
            assert!(status.success(), "the sidecar stopped with {status}\n{}", process.stderr());
        }
    }

    /// Sets a variable for the next start and the next command.
    pub fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.extra.push((name.to_owned(), value.to_owned()));
    }

    /// Removes a variable for the next start and the next command.
    pub fn unset(&mut self, name: &str) {
        self.extra.retain(|(known, _)| known != name);
    }

    /// Runs another command of the program with the same environment and returns its output.
    pub async fn command(&self, arguments: &[&str]) -> String {
        self.program("command").args(arguments).run(self.directory.path(), "").await
    }

    /// Runs a command that calls the running sidecar, and returns its output.
    pub async fn ask(&self, arguments: &[&str]) -> String {
        let url = self.ops_url();
        let asking = self.program("command").env("BOUNCER_METRICS_ADDR", url.trim_start_matches("http://"));
        asking.args(arguments).run(self.directory.path(), "").await
    }

    /// Starts another command of the program with the same environment, without waiting for its end.
    pub fn begin(&mut self, arguments: &[&str]) -> Process {
        // Each run has its own log file.
        self.starts += 1;
        self.program(&format!("begun-{}", self.starts)).args(arguments).start(self.directory.path())
    }

    /// Returns the program with its environment. A later value of a variable replaces an earlier one.
    fn program(&self, name: &str) -> Program {
        let path = self.directory.path();
        let program = command(name)
            .env("BOUNCER_ENCRYPTION_KEY", &self.keys.encryption_key)
            .env("BOUNCER_LISTEN_ADDR", &self.address)
            .env("BOUNCER_METRICS_ADDR", "127.0.0.1:0")
            .env("BOUNCER_DB_PATH", path.join("bouncer.db"));
        // Without local users there is no users file.
        let users = self.users_file();
        let program = if users.exists() { program.env("BOUNCER_USERS_FILE", users) } else { program };
        self.extra.iter().fold(program, |program, (name, value)| program.env(name, value))
    }

    /// Starts the sidecar again, with the same port, database and users.
    pub async fn resume(&mut self) {
        self.starts += 1;
        let path = self.directory.path();
        let program = self.program(&format!("sidecar-{}", self.starts)).arg("serve");
        let mut process = program.start(path);
        let both = ["oauth", "ops"];
        let addresses = process
            .wait_for("listens", |_, err| {
                let lines = json_lines(err);
                let address = |listener: &str| {
                    let line = lines.iter().find(|line| line["listener"] == listener)?;
                    Some(line["address"].as_str()?.to_owned())
                };
                both.iter().map(|listener| address(listener)).collect::<Option<Vec<String>>>()
            })
            .await;
        self.address.clone_from(&addresses[0]);
        self.process = Some(process);
    }

    /// The path of the users file, for tests that change the file.
    pub fn users_file(&self) -> PathBuf {
        self.directory.path().join("users.json")
    }
}

/// Returns the lines that `mcpbouncer labels …` prints.
pub async fn labels(arguments: &[&str]) -> Vec<String> {
    let directory = TempDir::new().expect("a temporary directory");
    let text = command("labels").arg("labels").args(arguments).run(directory.path(), "").await;
    text.lines().map(str::trim).filter(|line| line.starts_with("traefik.")).map(str::to_owned).collect()
}

/// Adds a client that may use the client credentials grant to a clients file. Returns what `mcpbouncer clients add`
/// prints.
pub async fn add_client(file: &Path, client_id: &str, arguments: &[&str]) -> serde_json::Value {
    let directory = TempDir::new().expect("a temporary directory");
    let program = command("clients-add").args(["clients", "add", client_id, "--json"]).args(arguments);
    let text = program.env("BOUNCER_CLIENTS_FILE", file).run(directory.path(), "").await;
    serde_json::from_str(&text).expect("JSON")
}

fn command(name: &str) -> Program {
    Program::new(name, paths::mcpbouncer())
}

async fn add_user(directory: &TempDir, user: &User) {
    let mut program = command(&format!("user-{}", user.name))
        .args([
            "user",
            "add",
            user.name,
            "--email",
            &format!("{}@example.com", user.name),
            "--password-stdin",
        ])
        .env("BOUNCER_USERS_FILE", directory.path().join("users.json"));
    for group in user.groups {
        program = program.args(["--group", group]);
    }
    program.run(directory.path(), &format!("{}\n", user.password)).await;
}
