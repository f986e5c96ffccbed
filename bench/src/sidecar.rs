//! Starts and watches release builds of the sidecar program.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::memory::resident_kib;
use crate::oauth::KEY;

/// A running sidecar; killed when dropped.
pub struct Sidecar {
    store: Place,
    child: Child,
    /// The address of the sidecar's OAuth listener.
    pub address: SocketAddr,
    /// The time from the start of the process until it listened, in milliseconds.
    pub start_ms: f64,
}

/// The program that runs, its database and its further settings.
#[derive(Clone)]
struct Place {
    program: &'static str,
    folder: PathBuf,
    url: Option<String>,
    batch: Option<usize>,
    environment: Vec<(&'static str, String)>,
}

/// The release build, below the repository.
const PROGRAM: &str = "target/static/mcpbouncer";
/// A release build without metrics and audit, see `make bench-recording`.
pub const UNRECORDED: &str = "target/unrecorded/mcpbouncer";

impl Sidecar {
    /// Starts a sidecar with the database in `folder`, or the one at `url`. `batch` is the maximum number of writes in
    /// a transaction.
    pub fn start(folder: &Path, url: Option<&str>, batch: Option<usize>) -> Self {
        let (folder, url) = (folder.to_owned(), url.map(str::to_owned));
        Self::at(Place { program: PROGRAM, folder, url, batch, environment: Vec::new() })
    }

    /// Starts a sidecar with the database in `folder` and these environment variables in addition. `recorded`: with
    /// metrics and audit.
    pub fn start_with(folder: &Path, recorded: bool, environment: Vec<(&'static str, String)>) -> Self {
        let program = if recorded { PROGRAM } else { UNRECORDED };
        Self::at(Place { program, folder: folder.to_owned(), url: None, batch: None, environment })
    }

    fn at(store: Place) -> Self {
        let program = e2e::paths::repository().join(store.program);
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program).arg("serve");
        if let Some(batch) = store.batch {
            command.args(["--batch", &batch.to_string()]);
        }
        command
            .env_clear()
            .env("BOUNCER_ENCRYPTION_KEY", KEY)
            .env("BOUNCER_LISTEN_ADDR", "127.0.0.1:0")
            .env("BOUNCER_METRICS_ADDR", "127.0.0.1:0")
            .env("BOUNCER_DB_PATH", store.folder.join("bouncer.db"))
            .env("BOUNCER_INTERNAL_ISSUERS", crate::provider::issuer())
            // Otherwise each refresh would ask the provider, which issues refresh tokens, and so measure the provider
            // too.
            .env("BOUNCER_STRICT_UPSTREAM_REFRESH", "false")
            .env("BOUNCER_REGISTER_RATE_LIMIT", "1000000000")
            .env("BOUNCER_LOG_LEVEL", "info")
            .envs(store.environment.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if let Some(url) = &store.url {
            command.env("BOUNCER_DATABASE_URL", url);
        }
        let began = Instant::now();
        let mut child = command.spawn().expect("the sidecar: is it built?");
        let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let mut address = None;
        let mut seen = Vec::new();
        let start_ms = loop {
            let line =
                lines.next().and_then(Result::ok).unwrap_or_else(|| panic!("it does not start: {seen:?}"));
            let value: Value = serde_json::from_str(&line).unwrap_or_default();
            if value["listener"] == "oauth" {
                address = value["address"].as_str().and_then(|text| text.parse().ok());
            }
            if value["listener"] == "ops" {
                break began.elapsed().as_secs_f64() * 1000.0;
            }
            seen.push(line);
        };
        // Keeps reading the sidecar's log, like a log collector. Errors are shown: they explain a run that ends early.
        std::thread::spawn(move || {
            let is_error = |line: &String| line.contains(r#""level":"ERROR""#);
            lines.map_while(Result::ok).filter(is_error).take(20).for_each(|line| eprintln!("{line}"));
        });
        Self { store, child, address: address.expect("an address"), start_ms }
    }

    /// The current resident memory, in MiB.
    pub fn resident_mib(&self) -> f64 {
        resident_kib(self.child.id()) / 1024.0
    }
}

impl Sidecar {
    /// Stops the sidecar, and starts it again with the same database. Its connections and what it counts in memory,
    /// such as the limits of each address and tenant, are gone.
    pub fn restart(&mut self) {
        self.end();
        *self = Self::at(self.store.clone());
    }

    /// Asks the sidecar to stop and waits for its end.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "it could not be asked to stop");
        self.child.wait().expect("its end");
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
