//! Keycloak. It starts with only an administrator; the commands of its guide configure it.

use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::browser::{Decides, Person};
use crate::guide::Page;
use crate::paths;
use crate::process::{Process, Program};

/// The user in the group `staff` with the realm role `mcp-user`.
pub const ALICE: Person<'static> =
    Person { name: "alice", password: "correct horse battery", decides: Decides::Approve };
/// A user with neither the group nor the role.
pub const BOB: Person<'static> =
    Person { name: "bob", password: "staple of another kind", decides: Decides::Approve };

const ADMIN_PASSWORD: &str = "of the tests' administrator";
/// The maximum time until Keycloak has started. On an idle machine with two cores, the start takes some 20 seconds.
const SLOW: Duration = Duration::from_secs(300);

/// A running Keycloak with its database in memory.
pub struct Keycloak {
    _process: Process,
    url: String,
    directory: TempDir,
    /// Whether `kcadm.sh` has logged in. The lock is held while `kcadm.sh` runs: it locks its file and does not wait.
    signed_in: Mutex<bool>,
}

impl Keycloak {
    /// Starts Keycloak as `kc.sh start --optimized` does, but as one process, which ends with the tests.
    pub async fn start() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let home = paths::keycloak();
        let opened = ["util", "util.concurrent", "security", "lang"]
            .map(|package| format!("--add-opens=java.base/java.{package}=ALL-UNNAMED"));
        let mut process = Program::new("keycloak", paths::java())
            .args(["-Xms64m", "-Xmx512m", "-XX:TieredStopAtLevel=1"])
            .arg(concat!(
                "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=",
                "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory"
            ))
            .args(opened)
            .arg(format!("-Dkc.home.dir={}", home.display()))
            .arg(format!("-Djboss.server.config.dir={}", home.join("conf").display()))
            .arg("-Djava.util.logging.manager=org.jboss.logmanager.LogManager")
            .arg("-cp")
            .arg(home.join("lib/quarkus-run.jar"))
            .args(["io.quarkus.bootstrap.runner.QuarkusEntryPoint", "start", "--optimized"])
            .args([
                "--http-enabled=true",
                "--http-host=127.0.0.1",
                "--http-port=0",
                "--hostname-strict=false",
            ])
            .env("KC_BOOTSTRAP_ADMIN_USERNAME", "admin")
            .env("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .directory(directory.path())
            .start(directory.path());
        let url = process
            .wait_within(SLOW, "listens", |out, _| {
                let (_, rest) = out.split_once("Listening on: ")?;
                Some(rest.split_once('\n')?.0.trim().to_owned())
            })
            .await;
        Self { _process: process, url, directory, signed_in: Mutex::new(false) }
    }

    /// The URL of Keycloak: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The issuer of the guide's realm.
    pub fn issuer(&self) -> String {
        format!("{}/realms/corp", self.url)
    }

    /// Returns the guide, with its example address replaced by that of this Keycloak.
    pub fn page(&self) -> Page {
        Page::guide("keycloak").with("https://sso.example.com", &self.url)
    }

    /// Runs the commands of the page that are marked `<!-- run: NAME -->`, one block after another.
    pub async fn run(&self, page: &Page, names: &[&str]) {
        let mut signed_in = self.signed_in.lock().await;
        if !*signed_in {
            self.run_one(page, "sign-in").await;
            *signed_in = true;
        }
        for name in names {
            self.run_one(page, name).await;
        }
    }

    async fn run_one(&self, page: &Page, name: &str) {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", paths::keycloak().join("bin").display());
        let java = paths::java();
        // `kcadm.sh` stores its login in the home directory, which Java does not read from HOME.
        let home = format!("-Duser.home={} -XX:TieredStopAtLevel=1", self.directory.path().display());
        let environment = [
            ("PATH", path.as_str()),
            ("JAVA", java.to_str().expect("text")),
            ("KC_OPTS", &home),
            ("KEYCLOAK_ADMIN_PASSWORD", ADMIN_PASSWORD),
        ];
        page.run(&format!("run: {name}"), self.directory.path(), &environment).await;
    }
}
