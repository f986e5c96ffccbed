//! An installation without manual steps: the sidecar makes its key, and gives Traefik the plugin and the plugin's keys
//! in a folder that both share.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use e2e::backend::Backend;
use e2e::browser::Person;
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::http::Http;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, Keys, Sidecar};
use e2e::traefik::Traefik;
use e2e::wait;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::rotation::{lines, works_and_refreshes};

/// A sidecar and a Traefik with no key in their environments.
struct Delivered {
    sidecar: Sidecar,
    traefik: Traefik,
    tenant: Flow,
    server: Backend,
    folder: TempDir,
}

impl Delivered {
    async fn start() -> Self {
        let folder = TempDir::new().expect("a temporary directory");
        let shared = folder.path().join("shared");
        std::fs::create_dir(&shared).expect("the shared folder");
        let none = Keys::none();
        let place = shared.display().to_string();
        let sidecar = Sidecar::start(&none, &[ALICE], &[("BOUNCER_SHARE_DIR", &place)]).await;
        let server = Backend::start().await;
        let files = [("sidecar.yml", deployed::sidecar(&sidecar.url())), ("wiki.yml", tenant(&server, ""))];
        let configuration = deployed::with_shared_keys(&deployed::traefik(false, None), &shared);
        let traefik = Traefik::start_in(&shared, &configuration, &files).await;
        let base = format!("http://localhost:{}", traefik.port());
        let tenant = Flow::new(&Http::new(traefik.port()), &base);
        wait::until("the plugin asks for a token", async || {
            (tenant.http.get(&tenant.mcp()).await.status == 401).then_some(())
        })
        .await;
        Self { sidecar, traefik, tenant, server, folder }
    }

    fn shared(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("shared").join(name)
    }

    /// Returns the plugin keys in the file of keys, if the file is complete.
    fn plugin_keys(&self) -> Option<Vec<String>> {
        let text = std::fs::read_to_string(self.shared("keys.json")).ok()?;
        let keys: serde_json::Value = serde_json::from_str(&text).ok()?;
        Some(keys["plugin_key"].as_str()?.split(',').map(str::to_owned).collect())
    }

    /// Sends MCP requests with this token, several at once and without a pause. Each must get one of these statuses.
    fn load(&self, access: &str, statuses: &'static [u16]) -> Load {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let callers = (0..3)
            .map(|_| {
                let (tenant, access) = (self.tenant.clone(), access.to_owned());
                let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let answer = tenant.call(&access).await;
                        assert!(statuses.contains(&answer.status.as_u16()), "{answer:?}");
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        Load { stop, done, callers }
    }

    /// Uses the client until the file's first key is no longer `former`, and for a while after.
    async fn goes_on_beyond(&self, former: &str, held: &mut e2e::flow::Tokens) {
        wait::until("the new key is in use", async || {
            works_and_refreshes(&self.tenant, held).await;
            (self.plugin_keys()?.first()? != former).then_some(())
        })
        .await;
        for _ in 0..20 {
            works_and_refreshes(&self.tenant, held).await;
        }
    }
}

/// Returns the tenant's dynamic file, with one more option.
fn tenant(server: &Backend, option: &str) -> String {
    let tenant = Tenant::local("wiki", &server.url());
    deployed::host_tenant("localhost", &if option.is_empty() { tenant } else { tenant.with(option) })
}

struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    callers: Vec<JoinHandle<()>>,
}

impl Load {
    /// Ends the load, and asserts that none of its requests was refused.
    async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.await.expect("no request was refused");
        }
        assert!(self.done.load(Ordering::Relaxed) > 100, "that was no load");
    }
}

#[test]
fn the_plugin_key_and_the_anchor_rotate_under_load() {
    run(async {
        let mut all = Delivered::start().await;
        let log = all.sidecar.log();
        assert!(log.contains("made an encryption key, because none was given"), "{log}");
        let mut held = all.tenant.tokens("stays", Person::user(ALICE)).await;
        let first = held.access.clone();
        let former = all.plugin_keys().expect("keys");
        assert_eq!(former.len(), 1);

        let load = all.load(&first, &[200]);
        let next = lines(&all.sidecar.command(&["keys", "--next"]).await);
        all.sidecar.stop().await;
        for name in ["BOUNCER_ANCHOR_SEED", "BOUNCER_ANCHOR_SEEDS_PREVIOUS"] {
            all.sidecar.set(name, &next[name]);
        }
        all.sidecar.resume().await;
        assert_eq!(all.plugin_keys().expect("keys").len(), 2, "both, before anybody logs in");
        all.goes_on_beyond(&former[0], &mut held).await;
        assert_eq!(all.plugin_keys().expect("keys")[1], former[0]);
        // Tokens of keys that the former anchor certified are accepted, and so are those of the new anchor.
        all.tenant.call(&first).await.expect(200);
        let load_of_new = all.load(&held.access, &[200]);
        all.tenant.tokens("new", Person::user(ALICE)).await;
        load.end().await;

        // When the former key is no longer in the file, tokens of the new key still work.
        all.sidecar.stop().await;
        all.sidecar.unset("BOUNCER_ANCHOR_SEEDS_PREVIOUS");
        all.sidecar.resume().await;
        assert_eq!(all.plugin_keys().expect("keys").len(), 1);
        works_and_refreshes(&all.tenant, &mut held).await;
        load_of_new.end().await;
    });
}

#[test]
fn a_made_encryption_key_rotates_under_load() {
    run(async {
        let mut all = Delivered::start().await;
        let mut held = all.tenant.tokens("stays", Person::user(ALICE)).await;
        let former = all.plugin_keys().expect("keys");
        let load = all.load(&held.access, &[200]);
        all.sidecar.stop().await;
        let done = all.sidecar.command(&["rekey", "--new-key"]).await;
        assert!(done.contains("values are now encrypted with a new key in"), "{done}");
        all.sidecar.resume().await;
        all.goes_on_beyond(&former[0], &mut held).await;
        load.end().await;

        // The generated key serves the other commands, too.
        let backup = all.folder.path().join("backup").display().to_string();
        all.sidecar.stop().await;
        let done = all.sidecar.command(&["backup", &backup]).await;
        assert!(
            done.contains("to restore it you need the key in ") && done.contains("bouncer.db.key"),
            "{done}"
        );
        std::fs::remove_file(all.sidecar.users_file().with_file_name("bouncer.db")).expect("the store");
        assert!(all.sidecar.command(&["restore", &backup]).await.contains("entries restored"));
        assert!(all.sidecar.command(&["rekey"]).await.contains("it is the only one in that file"));
        assert!(all.sidecar.command(&["check-config"]).await.ends_with("the settings are valid\n"));
        all.sidecar.resume().await;
        assert_eq!(all.plugin_keys().expect("keys").len(), 1);
        works_and_refreshes(&all.tenant, &mut held).await;
    });
}

#[test]
fn a_damaged_folder_is_put_right_while_requests_go_on() {
    run(async {
        let all = Delivered::start().await;
        let held = all.tenant.tokens("stays", Person::user(ALICE)).await;
        let plugin = all.shared("plugins-local/src/github.com/mcpbouncer/mcpbouncer/plugin.wasm");
        let wasm = std::fs::read(e2e::paths::plugin_wasm()).expect("the plugin");
        assert!(std::fs::read(&plugin).expect("delivered") == wasm, "the very plugin that was built");

        // Traefik may start a new instance of the plugin at any moment. That instance finds no keys while the file is
        // missing.
        let load = all.load(&held.access, &[200, 503]);
        let keys = std::fs::read(all.shared("keys.json")).expect("keys");
        std::fs::remove_file(all.shared("keys.json")).expect("keys");
        std::fs::remove_file(&plugin).expect("the plugin");
        let is_whole = |all: &Delivered| {
            std::fs::read(all.shared("keys.json")).is_ok_and(|found| found == keys)
                && std::fs::read(&plugin).is_ok_and(|found| found == wasm)
        };
        wait::until("both are back", async || is_whole(&all).then_some(())).await;
        std::fs::write(all.shared("keys.json"), &keys[..keys.len() / 2]).expect("keys");
        std::fs::write(&plugin, &wasm[..1_000]).expect("the plugin");
        wait::until("both are whole", async || is_whole(&all).then_some(())).await;

        // There is no space: that is logged once, with what to do, and it ends without a restart.
        limit(all.sidecar.id(), "100000");
        std::fs::remove_file(&plugin).expect("the plugin");
        logged(&all, "free or add space").await;
        limit(all.sidecar.id(), "unlimited");
        logged(&all, "BOUNCER_SHARE_DIR is up to date again").await;
        assert!(is_whole(&all));
        load.end().await;

        // The folder is missing: nothing is created in its place.
        let (shared, away) = (all.folder.path().join("shared"), all.folder.path().join("away"));
        std::fs::rename(&shared, &away).expect("the folder");
        logged(&all, "mount the volume that Traefik has mounted too").await;
        assert!(!shared.exists());
        std::fs::rename(&away, &shared).expect("the folder");
        wait::until("it is found again", async || {
            (all.sidecar.log().matches("BOUNCER_SHARE_DIR is up to date again").count() == 2).then_some(())
        })
        .await;
        assert_eq!(all.sidecar.log().matches("cannot be kept up to date").count(), 2, "each is said once");
        all.tenant.call(&held.access).await.expect(200);
    });
}

#[test]
fn a_plugin_that_never_read_its_keys_lets_nobody_in_until_it_has() {
    run(async {
        let mut all = Delivered::start().await;
        let held = all.tenant.tokens("stays", Person::user(ALICE)).await;
        all.sidecar.kill();
        let keys = std::fs::read(all.shared("keys.json")).expect("keys");
        std::fs::write(all.shared("keys.json"), &keys[..keys.len() / 2]).expect("keys");
        // Another middleware has its own instances of the plugin, which have read no keys yet.
        all.traefik.replace("wiki.yml", &tenant(&all.server, "clientIPDepth: 1"));
        let refused = wait::until("a new instance responds", async || {
            let answer = all.tenant.call(&held.access).await;
            (answer.status != 200).then_some(answer)
        })
        .await
        .expect(503);
        assert!(!refused.header("retry-after").is_empty(), "{refused:?}");
        let sentence = "keys file /mcpbouncer/keys.json cannot be used: it is not a whole file of keys";
        all.traefik.logged("which file", |log| log.contains(sentence).then_some(())).await;

        all.sidecar.resume().await;
        wait::until("the keys are read", async || {
            (all.tenant.call(&held.access).await.status == 200).then_some(())
        })
        .await;
    });
}

/// Waits until the sidecar's log contains this text.
async fn logged(all: &Delivered, text: &str) {
    wait::until(text, async || all.sidecar.log().contains(text).then_some(())).await;
}

/// Limits the length of the files that this process may write, in bytes.
fn limit(process: u32, bytes: &str) {
    let status =
        Command::new("prlimit").args(["--pid", &process.to_string(), &format!("--fsize={bytes}:")]).status();
    assert!(status.is_ok_and(|status| status.success()), "prlimit (util-linux) sets a limit");
}
