//! A PostgreSQL cluster for tests, in a temporary folder, on a free port.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::paths;
use crate::process::{Process, Program};

/// The only role, a superuser.
const ROLE: &str = "bouncer";
/// Its password.
pub const PASSWORD: &str = "of the tests";

/// The prefix of the folders' names; the process id follows.
const LEFT: &str = "mcpbouncer-postgres-";

/// A running server. It stops when dropped, and when the test program ends.
pub struct Cluster {
    directory: TempDir,
    owner: Option<String>,
    process: Option<Process>,
    port: u16,
    databases: AtomicUsize,
    starts: u32,
}

impl Cluster {
    /// Creates and starts a cluster. `durable` says whether it waits for the disk, which most tests do not need.
    pub async fn start(durable: bool) -> Self {
        remove_leftovers();
        let name = format!("{LEFT}{}-", std::process::id());
        let directory = tempfile::Builder::new().prefix(&name).tempdir().expect("a temporary directory");
        // PostgreSQL does not run as root; Debian's package creates a user for it.
        let root =
            std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        let owner = root.then(|| "postgres".to_owned());
        if let Some(owner) = &owner {
            let status = Command::new("chown").arg(owner).arg(directory.path()).status();
            assert!(
                status.is_ok_and(|status| status.success()),
                "cannot change the owner of the folder to {owner}: does this user exist?"
            );
        }
        let mut cluster =
            Self { directory, owner, process: None, port: 0, databases: AtomicUsize::new(0), starts: 0 };
        let secret = cluster.directory.path().join("password");
        std::fs::write(&secret, PASSWORD).expect("a password file");
        let logs = TempDir::new().expect("a temporary directory");
        cluster
            .program("initdb")
            .args([
                "--username",
                ROLE,
                "--auth",
                "scram-sha-256",
                "--encoding",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ])
            .arg("--pwfile")
            .arg(&secret)
            .arg("--pgdata")
            .arg(cluster.data())
            .run(logs.path(), "")
            .await;
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 100\nfsync = {0}\n\
             synchronous_commit = {0}\nfull_page_writes = {0}\nlog_min_messages = warning\n",
            if durable { "on" } else { "off" }
        );
        let file = cluster.data().join("postgresql.auto.conf");
        std::fs::write(&file, settings).expect("settings");
        cluster.resume().await;
        cluster
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// One of PostgreSQL's programs, as the user who owns the folder.
    fn program(&self, name: &str) -> Program {
        let executable = paths::postgres().join(name);
        match &self.owner {
            None => Program::new(name, executable),
            // Changing the user clears the parent-death signal, so it is set again.
            Some(owner) => Program::new(name, "setpriv")
                .args(["--reuid", owner, "--regid", owner, "--clear-groups", "--pdeathsig", "INT", "--"])
                .arg(executable),
        }
    }

    /// Starts it again with the same folder, and on the same port if it had one.
    pub async fn resume(&mut self) {
        loop {
            let port = if self.port == 0 { free_port() } else { self.port };
            self.starts += 1;
            let logs = self.directory.path().join(format!("logs-{}", self.starts));
            std::fs::create_dir(&logs).expect("a folder for logs");
            let mut process = self
                .program("postgres")
                .arg("-D")
                .arg(self.data())
                .args(["-p", &port.to_string()])
                .start(&logs);
            let ready = process
                .wait_for("accepts connections", |_, err| {
                    if err.contains("Address already in use") {
                        return Some(false);
                    }
                    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(())?;
                    self.asks(port, "postgres", "SELECT 1").is_ok().then_some(true)
                })
                .await;
            if ready {
                (self.port, self.process) = (port, Some(process));
                return;
            }
            assert_eq!(self.port, 0, "the port was taken meanwhile");
        }
    }

    /// Kills it, like a crash; connections break.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.end_with("QUIT");
        }
    }

    /// Host and port.
    pub fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The URL of a new, empty database.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::SeqCst));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(ROLE, PASSWORD, &name)
    }

    /// The URL of a database for this user.
    pub fn url(&self, user: &str, password: &str, database: &str) -> String {
        let password = password.replace(' ', "%20");
        format!("postgres://{user}:{password}@{}/{database}", self.place())
    }

    /// Runs SQL in a database; returns the output, unaligned.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        self.asks(self.port, database, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn asks(&self, port: u16, database: &str, sql: &str) -> Result<String, String> {
        let output = Command::new(paths::postgres().join("psql"))
            .env_clear()
            .env("PGPASSWORD", PASSWORD)
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", ROLE])
            .args(["-p", &port.to_string(), "-d", database, "-c", sql])
            .current_dir(Path::new("/"))
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Removes folders of test programs that have ended, because statics are never dropped.
fn remove_leftovers() {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(id) = name.strip_prefix(LEFT).and_then(|rest| rest.split('-').next()) else { continue };
        if !Path::new("/proc").join(id).exists() {
            // Another program may remove it at the same time.
            std::fs::remove_dir_all(entry.path()).ok();
        }
    }
}

/// A port that is free now. Another program may take it first, so the caller must retry.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its number").port()
}
