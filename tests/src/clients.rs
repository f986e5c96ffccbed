//! Real MCP clients, run as programs that accept commands: `tests/node/*.mjs`, `tests/python/*.py`.

use std::io::{PipeWriter, Write};
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use url::Url;

use crate::browser::{Browser, Outcome, Person};
use crate::http::Http;
use crate::paths;
use crate::process::{Process, Program};

/// The MCP client to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// npm `@modelcontextprotocol/client`, version 2.
    ClientV2,
    /// The same, which speaks revision 2026-07-28 alone.
    Modern,
    /// npm `@modelcontextprotocol/sdk`, version 1.
    SdkV1,
    /// PyPI `mcp`.
    Python,
    /// npm `mcp-remote` behind a stdio client.
    McpRemote,
}

/// The kinds of clients that speak the revisions that most servers speak.
pub const ALL: [Kind; 4] = [Kind::ClientV2, Kind::SdkV1, Kind::Python, Kind::McpRemote];

/// A running client.
pub struct Client {
    process: Process,
    commands: PipeWriter,
    heard: usize,
    http: Http,
    /// The browser in which the user logs in.
    pub browser: Browser,
    /// How many times the client has asked the user to log in.
    pub asked: usize,
    /// The link that the client asked to open, if that login ended on a page.
    link: Option<String>,
    _directory: TempDir,
}

impl Client {
    /// Starts a client for the MCP server at `url`.
    pub fn start(kind: Kind, url: &str, http: &Http) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let program = program(kind, url, &directory);
        Self::started(program, directory, http)
    }

    /// Starts a [`Kind::ClientV2`] for the MCP server at `url` over TLS. The host resolves to this machine, and the
    /// client trusts the CA whose certificate is in the file `root`.
    pub fn start_over_tls(url: &str, http: &Http, root: &Path) -> Self {
        let program = Program::new("client-v2", paths::node())
            .arg("--require")
            .arg(paths::of_tests("node/this-machine.cjs"))
            .arg(paths::of_tests("node/client-v2.mjs"))
            .arg(url)
            .env("NODE_EXTRA_CA_CERTS", root);
        Self::started(program, TempDir::new().expect("a temporary directory"), http)
    }

    /// Starts a client program without a user, with this configuration (`tests/node/machine.mjs` describes it). `kind`
    /// must be [`Kind::ClientV2`] or [`Kind::Python`].
    pub fn machine(kind: Kind, config: &Value, http: &Http) -> Self {
        let program = match kind {
            Kind::Python => {
                Program::new("python-machine", paths::python()).arg(paths::of_tests("python/machine.py"))
            }
            Kind::ClientV2 => node("machine"),
            other => panic!("{other:?} has no program without a user"),
        };
        Self::started(program.arg(config.to_string()), TempDir::new().expect("a temporary directory"), http)
    }

    /// Connects. Nobody can log in.
    pub async fn connect_alone(&mut self) {
        let done = self.try_connect_alone().await;
        done.unwrap_or_else(|error| panic!("{error}\n{}", self.process.stderr()));
    }

    /// Like [`Self::connect_alone`], but returns the error's text if connecting fails.
    pub async fn try_connect_alone(&mut self) -> Result<(), String> {
        self.command("connect", None).await.map(|_| ())
    }

    fn started(program: Program, directory: TempDir, http: &Http) -> Self {
        let (process, commands) = program.start_with_input(directory.path());
        Self {
            process,
            commands,
            heard: 0,
            http: http.clone(),
            browser: Browser::new(http),
            asked: 0,
            link: None,
            _directory: directory,
        }
    }

    /// Connects. If the client asks for a login, `person` logs in with the browser.
    pub async fn connect(&mut self, person: Person<'_>) {
        self.command("connect", Some(person)).await.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Calls a tool and checks its result. Returns the number of token responses that the client has received.
    pub async fn call(&mut self) -> u64 {
        let answer = self.try_call().await;
        self.called(answer)
    }

    /// Returns the names of the tools that the server lists.
    pub async fn list(&mut self) -> Vec<String> {
        let answer = self.command("list", None).await.unwrap_or_else(|error| panic!("{error}"));
        serde_json::from_value(answer["names"].clone()).expect("names")
    }

    /// Calls a tool. If the client asks for a login, `person` logs in. Returns the number of token responses so far.
    pub async fn call_with(&mut self, person: Person<'_>) -> u64 {
        let answer = self.try_call_with(person).await;
        self.called(answer)
    }

    /// Like [`Self::call_with`], but returns the client's response, or the error's text if the call or the login fails.
    pub async fn try_call_with(&mut self, person: Person<'_>) -> Result<Value, String> {
        self.browser.stays = true;
        self.command("call", Some(person)).await
    }

    /// Continues after a login that ended on a page: the user opens the client's link once more, and the call that is
    /// waiting for the login continues.
    pub async fn call_continues_with(&mut self, person: Person<'_>) -> u64 {
        let link = self.link.take().expect("a login that was not finished");
        let answer = match self.log_in(link, person).await {
            Ok(()) => self.answered("call", Some(person)).await,
            Err(error) => Err(error),
        };
        self.called(answer)
    }

    fn called(&self, answer: Result<Value, String>) -> u64 {
        let answer = answer.unwrap_or_else(|error| panic!("{error}\n{}", self.process.stderr()));
        assert_eq!(answer["text"], "Echo: hello");
        answer["issued"].as_u64().expect("a count")
    }

    /// Calls a tool. Returns the error's text if the call fails. If the client asks for a login, the user opens the
    /// page and gives up.
    pub async fn try_call(&mut self) -> Result<Value, String> {
        self.command("call", None).await
    }

    /// Makes the client's access token unusable from now on.
    pub async fn expire(&mut self) {
        self.command("expire", None).await.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Returns the tokens that the client has; null if it has none.
    pub async fn tokens(&mut self) -> Value {
        self.command("tokens", None).await.unwrap_or_else(|error| panic!("{error}"))["tokens"].take()
    }

    /// Sends a command and waits for its result. Meanwhile opens the links that the client asks to open.
    async fn command(&mut self, name: &str, person: Option<Person<'_>>) -> Result<Value, String> {
        writeln!(self.commands, "{name}").expect("the client reads its commands");
        self.answered(name, person).await
    }

    async fn answered(&mut self, name: &str, person: Option<Person<'_>>) -> Result<Value, String> {
        loop {
            let line = self.next_line().await;
            if let Some(url) = line["authorize"].as_str() {
                self.asked += 1;
                match person {
                    Some(person) => self.log_in(url.to_owned(), person).await?,
                    None => self.give_up(url).await,
                }
            } else if line["done"] == name {
                return Ok(line);
            } else if line["failed"] == name {
                return Err(line["error"].as_str().unwrap_or_default().to_owned());
            }
        }
    }

    /// Opens the login page, then sends `access_denied` to the client's callback.
    async fn give_up(&mut self, authorize: &str) {
        let url: Url = authorize.parse().expect("a URL");
        let asked =
            |name: &str| url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned());
        self.browser.open(&url).await;
        let mut callback: Url = asked("redirect_uri").expect("a callback").parse().expect("a URL");
        let issuer = authorize.split("/oauth/authorize").next().unwrap_or_default();
        callback.query_pairs_mut().append_pair("error", "access_denied").append_pair("iss", issuer);
        if let Some(state) = asked("state") {
            callback.query_pairs_mut().append_pair("state", &state);
        }
        drop(self.http.get(callback.as_str()).await);
    }

    /// Opens the client's link and logs in. The client receives the result at its loopback redirect URI.
    async fn log_in(&mut self, link: String, person: Person<'_>) -> Result<(), String> {
        match self.browser.log_in(&link, person).await {
            Outcome::Callback(url) => {
                self.http.get(url.as_str()).await;
                Ok(())
            }
            Outcome::Page(page) => {
                self.link = Some(link);
                Err(format!("the login ended on a page: {page:?}"))
            }
        }
    }

    async fn next_line(&mut self) -> Value {
        let heard = self.heard;
        let line = self
            .process
            .wait_for("answers", |out, _| crate::process::json_lines(out).get(heard).cloned())
            .await;
        self.heard += 1;
        line
    }
}

fn program(kind: Kind, url: &str, directory: &TempDir) -> Program {
    match kind {
        Kind::ClientV2 => node("client-v2").arg(url),
        Kind::Modern => node("client-v2").arg(url).arg("2026-07-28"),
        Kind::SdkV1 => node("sdk-v1").arg(url),
        Kind::McpRemote => node("mcp-remote").arg(url).arg(directory.path()),
        Kind::Python => {
            Program::new("python", paths::python()).arg(paths::of_tests("python/client.py")).arg(url)
        }
    }
}

fn node(script: &str) -> Program {
    Program::new(script, paths::node()).arg(paths::of_tests(&format!("node/{script}.mjs")))
}
