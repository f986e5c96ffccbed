//! The system of `deploy/compose.yml`, started by the commands of `docs/guides/compose.md`.

use std::path::PathBuf;
use std::time::Duration;

use e2e::browser::{Decides, Person};
use e2e::clients::{Client, Kind};
use e2e::guide::Page;
use e2e::http::Http;
use e2e::ports::Held;
use e2e::process::Program;
use e2e::{paths, wait};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use crate::engine::Engine;
use crate::images;

/// The name of Traefik's container.
pub const TRAEFIK: &str = "mcpbouncer-traefik-1";
/// The name of the sidecar's container.
pub const SIDECAR: &str = "mcpbouncer-mcpbouncer-1";
/// The name of the MCP server's container.
pub const SERVER: &str = "mcpbouncer-everything-1";
/// The maximum time until Traefik notices that a container appeared or disappeared.
const NOTICED: Duration = Duration::from_secs(10);

/// The lock that allows one system at a time: the names in the Compose file are fixed.
static ONE: Mutex<()> = Mutex::const_new(());

/// The running system.
pub struct World {
    pub engine: Engine,
    pub guide: Page,
    pub http: Http,
    port: Held,
    /// The folder of `compose.yml`.
    folder: PathBuf,
    /// The copy of the folder, if there is one; it is removed when this value is dropped.
    copy: Option<TempDir>,
    /// Variables of the commands, in addition to the engine's.
    variables: Vec<(&'static str, String)>,
    _one: MutexGuard<'static, ()>,
}

impl World {
    /// Starts the engine and builds the images. No container is started yet.
    pub async fn prepare() -> Self {
        let one = ONE.lock().await;
        let engine = Engine::start().await;
        images::build(&engine).await;
        let port = Held::any();
        let http = Http::new(port.number());
        let variables = vec![("PORT", port.number().to_string())];
        Self {
            engine,
            guide: Page::guide("compose"),
            http,
            port,
            folder: deploy(),
            copy: None,
            variables,
            _one: one,
        }
    }

    /// Returns the world with one more variable for the commands.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Returns the world with these add-ons, and with Compose files of the tests, which `…/` marks.
    pub fn with_files(self, names: &[&str]) -> Self {
        let files = names.iter().map(|name| match name.strip_prefix("…/") {
            Some(own) => paths::of_tests(&format!("tests/containers/{own}")).display().to_string(),
            None => (*name).to_owned(),
        });
        self.with("COMPOSE_FILE", &files.collect::<Vec<_>>().join(":"))
    }

    /// Returns the world with a copy of the folder, which has this file `.env`.
    pub fn with_settings(mut self, settings: &str) -> Self {
        let copy = TempDir::new_in(self.engine.logs()).expect("a temporary folder");
        for name in ["", ".acme", ".postgres", ".provider", ".proxy"] {
            let file = format!("compose{name}.yml");
            std::fs::copy(deploy().join(&file), copy.path().join(&file)).expect("a copy");
        }
        std::fs::write(copy.path().join(".env"), settings).expect("a file");
        copy.path().clone_into(&mut self.folder);
        self.copy = Some(copy);
        self
    }

    /// Returns the world with a folder that contains `compose.yml` and nothing else.
    pub fn with_only_the_quick_start(mut self) -> Self {
        let copy = TempDir::new_in(self.engine.logs()).expect("a temporary folder");
        std::fs::copy(deploy().join("compose.yml"), copy.path().join("compose.yml")).expect("a copy");
        copy.path().clone_into(&mut self.folder);
        self.copy = Some(copy);
        self
    }

    /// Returns the world with a folder that contains what `mcpbouncer init` writes for these arguments. `secret` is the
    /// command's standard input. Also returns what the command prints.
    pub async fn with_init(mut self, arguments: &[&str], secret: &str) -> (Self, String) {
        let copy = TempDir::new_in(self.engine.logs()).expect("a temporary folder");
        copy.path().clone_into(&mut self.folder);
        self.copy = Some(copy);
        // The port is now in `.env`.
        self.variables.retain(|(name, _)| *name != "PORT");
        let printed = self.init(arguments, secret).await;
        (self, printed)
    }

    /// Runs `mcpbouncer init` in the folder, with this system's port, and returns what it prints.
    pub async fn init(&self, arguments: &[&str], secret: &str) -> String {
        let logs = TempDir::new_in(self.engine.logs()).expect("a temporary folder");
        let program = Program::new("init", paths::mcpbouncer_static()).arg("init").args(arguments);
        let program = program.args(["--port", &self.port.number().to_string()]).directory(&self.folder);
        program.run(logs.path(), secret).await
    }

    /// Runs a block of the guide in the folder of `compose.yml`, and returns what it prints.
    pub async fn run(&self, mark: &str) -> String {
        self.run_of(&self.guide, mark).await
    }

    /// Runs commands in that folder, and returns what they print.
    pub async fn run_commands(&self, commands: &str) -> String {
        self.run_of(&Page::of_one_block("commands", commands), "commands").await
    }

    async fn run_of(&self, page: &Page, mark: &str) -> String {
        let mut environment = self.engine.environment();
        environment.extend(self.variables.iter().map(|(name, value)| (*name, value.as_str())));
        // The folder of the logs, each of which holds one command's output.
        let logs = TempDir::new_in(self.engine.logs()).expect("a temporary folder");
        page.run_in(mark, &self.folder, logs.path(), &environment).await
    }

    /// Runs Compose in the folder. Returns whether it succeeded, and what it prints.
    pub fn compose(&self, arguments: &[&str]) -> (bool, String) {
        let variables = self.variables.iter().map(|(name, value)| (*name, value.as_str()));
        let mut command = std::process::Command::new(paths::docker_compose());
        command.env_clear().envs(self.engine.environment()).envs(variables).current_dir(&self.folder);
        let output = command.args(arguments).output().expect("Compose runs");
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        (output.status.success(), text.concat())
    }

    /// Returns `http://host:PORT/path` for `host/path`.
    pub fn at(&self, place: &str) -> String {
        let (host, path) =
            place.split_once('/').map_or((place, String::new()), |(host, path)| (host, format!("/{path}")));
        format!("http://{host}:{}{path}", self.port.number())
    }

    /// Starts the system and adds the user `alice`. Returns her password.
    pub async fn start_with_alice(&self) -> String {
        let printed = self.run("compose: start").await;
        printed.lines().last().expect("the password").to_owned()
    }

    /// Waits until the protected server at this place requires a token, and its OAuth endpoints respond.
    pub async fn is_served(&self, place: &str) {
        let base = self.at(place);
        let keys = format!("{base}/oauth/jwks.json");
        wait::until("Traefik listens", async || self.http.status(&base).await).await;
        wait::until_within(NOTICED, &format!("{base} is served"), async || {
            let status = self.http.get(&format!("{base}/mcp")).await.status;
            (status == 401 && self.http.get(&keys).await.body.contains("\"keys\"")).then_some(())
        })
        .await;
    }

    /// Waits until the server at this place is served. A real client then logs in there as this person and calls a
    /// tool.
    pub async fn logs_in(&self, place: &str, person: Person<'_>) -> Client {
        self.is_served(place).await;
        let mut client = self.client(place);
        client.connect(person).await;
        assert_eq!(client.call().await, 1);
        client
    }

    /// Waits until nothing is served at this place: neither the server nor its OAuth endpoints.
    pub async fn is_gone(&self, place: &str) {
        let base = self.at(place);
        wait::until_within(NOTICED, &format!("{base} is gone"), async || {
            for path in ["mcp", "oauth/jwks.json", ".well-known/oauth-authorization-server"] {
                if self.http.get(&format!("{base}/{path}")).await.status != 404 {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }

    /// Starts a real MCP client for the server at this host.
    pub fn client(&self, host: &str) -> Client {
        Client::start(Kind::ClientV2, &format!("{}/mcp", self.at(host)), &self.http)
    }
}

/// Returns a user who approves.
pub fn person<'a>(name: &'a str, password: &'a str) -> Person<'a> {
    Person { name, password, decides: Decides::Approve }
}

fn deploy() -> PathBuf {
    paths::repository().join("deploy")
}
