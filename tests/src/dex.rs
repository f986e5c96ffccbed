//! The OpenID provider Dex, set up as its guide says.

use std::net::TcpStream;

use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;

use crate::browser::{Decides, Person};
use crate::guide::Page;
use crate::paths;
use crate::ports::Held;
use crate::postgres::{Cluster, PASSWORD};
use crate::process::{Process, Program};

/// The secret of the client that the guide registers.
pub const CLIENT_SECRET: &str = "a-long-random-secret-of-the-tests";
/// The user in Dex's group `staff`.
pub const ALICE: Person<'static> =
    Person { name: "alice@example.com", password: "correct horse battery", decides: Decides::Approve };
/// A user who has no groups in Dex.
pub const BOB: Person<'static> =
    Person { name: "bob@example.com", password: "staple of another kind", decides: Decides::Approve };

/// A Dex with its own port and its own database, both of which it keeps while it is stopped.
pub struct Dex {
    directory: TempDir,
    port: Held,
    database: Url,
    starts: u32,
    process: Option<Process>,
}

/// The PostgreSQL server of the databases of all these providers.
async fn cluster() -> &'static Cluster {
    static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
    CLUSTER.get_or_init(|| Cluster::start(false)).await
}

impl Dex {
    /// Reserves the address of a Dex that is not running yet, because a tenant must name the address before.
    pub async fn reserve() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let database = cluster().await.database().parse().expect("a database's address");
        Self { directory, port: Held::any(), database, starts: 0, process: None }
    }

    /// The issuer of this Dex.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Returns the guide, with its example addresses replaced by those of this Dex, its database, and the MCP server at
    /// `base`.
    pub fn page(&self, base: &str) -> Page {
        let port = self.database.port().expect("the database's port");
        let name = self.database.path().trim_start_matches('/');
        Page::guide("dex")
            .with("https://dex.example.com", &self.issuer())
            .with("https://wiki.example.com", base)
            .with("0.0.0.0:5556", &self.address())
            .with("host: postgres\n", "host: 127.0.0.1\n")
            .with("port: 5432", &format!("port: {port}"))
            .with("database: dex", &format!("database: {name}"))
            .with("user: dex", &format!("user: {}", self.database.username()))
            .with("replace-me-with-a-long-random-secret", CLIENT_SECRET)
    }

    /// Starts Dex with a configuration. If Dex is running, stops it first.
    pub async fn serve(&mut self, configuration: &str) {
        std::fs::write(self.directory.path().join("dex.yml"), configuration).expect("its configuration");
        self.resume().await;
    }

    /// Starts Dex again with the same configuration.
    pub async fn resume(&mut self) {
        self.stop();
        self.starts += 1;
        let address = self.address();
        let path = self.directory.path();
        let mut process = Program::new(&format!("dex-{}", self.starts), paths::dex())
            .args(["serve", "dex.yml"])
            .env("DEX_MCPBOUNCER_SECRET", CLIENT_SECRET)
            .env("DEX_DATABASE_PASSWORD", PASSWORD)
            .directory(path)
            .start(path);
        process.wait_for("listens", |_, _| TcpStream::connect(&address).is_ok().then_some(())).await;
        self.process = Some(process);
    }

    /// Stops Dex. Connections to it are refused from now on.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Returns the output of Dex since it was last started.
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::stderr).unwrap_or_default()
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number())
    }
}
