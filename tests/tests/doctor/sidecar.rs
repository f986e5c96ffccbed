//! Faults of the sidecar's settings, files, disk and keys, checked from inside.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use e2e::paths;
use e2e::postgres::Cluster;
use e2e::process::Program;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, Keys, Sidecar};
use serde_json::Value;
use tempfile::TempDir;

use crate::report::{Report, from_inside};

/// Starts a sidecar whose environment contains the address of its operations listener.
async fn sidecar(keys: &Keys, more: &[(&str, &str)]) -> Sidecar {
    let mut sidecar = Sidecar::start(keys, &[ALICE], more).await;
    sidecar.set("BOUNCER_METRICS_ADDR", &sidecar.ops_url().replace("http://", ""));
    sidecar
}

async fn look(sidecar: &mut Sidecar) -> Report {
    from_inside(sidecar, &[]).await
}

#[test]
fn wrong_settings_and_files_are_found() {
    run(async {
        let mut sidecar = sidecar(&Keys::generate().await, &[]).await;
        look(&mut sidecar).await.expect(&[]);
        sidecar.set("BOUNCER_REGISTER_RATE_LIMITS", "5");
        sidecar.set("BOUNCER_ACCESS_TOKEN_TTL", "soon");
        let report = look(&mut sidecar).await.expect(&["settings"]);
        assert_eq!(report.results("settings").len(), 2, "each problem is a finding: {report:?}");
        assert_eq!(report.results("bare-router")[0]["reason"], "settings failed");
        sidecar.unset("BOUNCER_REGISTER_RATE_LIMITS");
        sidecar.unset("BOUNCER_ACCESS_TOKEN_TTL");

        let users = sidecar.users_file();
        let text = std::fs::read_to_string(&users).expect("the users file");
        std::fs::write(&users, "{\"users\":").expect("the users file");
        look(&mut sidecar).await.expect(&["files"]);
        std::fs::write(&users, "{\"users\":[]}").expect("the users file");
        assert_eq!(look(&mut sidecar).await.expect(&["users"]).exit_code, 3);
        std::fs::write(&users, text).expect("the users file");
        std::fs::set_permissions(&users, PermissionsExt::from_mode(0o644)).expect("the users file");
        let report = look(&mut sidecar).await.expect(&["secret-files"]);
        assert!(report.sentence("secret-files").contains("mode 644"), "{report:?}");
        std::fs::set_permissions(&users, PermissionsExt::from_mode(0o606)).expect("the users file");
        assert_eq!(look(&mut sidecar).await.expect(&["secret-files"]).exit_code, 4);
    });
}

#[test]
fn a_key_beside_the_store_is_advice() {
    run(async {
        let report = look(&mut sidecar(&Keys::none(), &[]).await).await.expect(&["key-apart"]);
        assert_eq!(report.exit_code, 0);
        assert_eq!(report.results("key-apart")[0]["severity"], "advice");
    });
}

#[test]
fn a_store_in_memory_is_found() {
    run(async {
        let folder = TempDir::new_in("/dev/shm").expect("a folder in memory");
        let path = folder.path().join("bouncer.db").display().to_string();
        let mut sidecar = sidecar(&Keys::generate().await, &[("BOUNCER_DB_PATH", &path)]).await;
        let report = look(&mut sidecar).await.expect(&["store-volume"]);
        assert!(report.sentence("store-volume").contains("is on tmpfs"), "{report:?}");
    });
}

/// The disk is a small one in memory, so `doctor` also reports that it does not outlive the container.
#[test]
fn a_full_disk_is_found() {
    run(async {
        let sidecar = sidecar(&Keys::generate().await, &[]).await;
        let folder = TempDir::new().expect("a temporary directory");
        let script = "mount -t tmpfs -o size=8m small \"$1\" && exec \"$2\" doctor --json";
        let mut process = Program::new("doctor", "unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
            .arg(folder.path())
            .arg(paths::mcpbouncer())
            .env("BOUNCER_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
            .env("BOUNCER_DB_PATH", folder.path().join("bouncer.db"))
            .env("BOUNCER_METRICS_ADDR", sidecar.ops_url().replace("http://", ""))
            .start(&std::env::temp_dir().join(folder.path()));
        let status = process.ended().await;
        let report: Value = serde_json::from_str(&process.stdout()).expect("a report");
        let report = Report { exit_code: status.code().expect("not killed"), json: report };
        let report = report.expect(&["disk-space", "store-volume"]);
        assert!(
            report.sentence("disk-space").ends_with(" has 7 MiB left.")
                || report.sentence("disk-space").ends_with(" has 8 MiB left."),
            "{report:?}"
        );
    });
}

#[test]
fn a_stopped_sidecar_and_one_without_its_database_are_found() {
    run(async {
        let mut cluster = Cluster::start(false).await;
        let url = cluster.database();
        let mut sidecar = sidecar(&Keys::generate().await, &[("BOUNCER_DATABASE_URL", &url)]).await;
        look(&mut sidecar).await.expect(&[]);
        cluster.kill();
        // A missing database is either noticed at once, or delays the response.
        let report = look(&mut sidecar).await.expect(&["ready"]);
        assert!(report.sentence("ready").starts_with("The sidecar "), "{report:?}");
        sidecar.kill();
        let report = look(&mut sidecar).await.expect(&["listener"]);
        assert_eq!(report.results("ready")[0]["reason"], "listener failed");
    });
}

/// The wrong volume is mounted at the shared folder: the volume of another sidecar, with an old plugin.
#[test]
fn a_foreign_shared_folder_is_found() {
    run(async {
        let other = TempDir::new().expect("a temporary directory");
        let place = other.path().display().to_string();
        let _other = Sidecar::start(&Keys::generate().await, &[], &[("BOUNCER_SHARE_DIR", &place)]).await;
        let mut sidecar = sidecar(&Keys::generate().await, &[]).await;
        sidecar.set("BOUNCER_SHARE_DIR", &place);
        let report = look(&mut sidecar).await.expect(&["shared-keys"]);
        assert!(report.sentence("shared-keys").contains("another sidecar"), "{report:?}");
        drop(_other);

        let plugin = other.path().join("plugins-local/src/github.com/mcpbouncer/mcpbouncer/plugin.wasm");
        let with =
            |code: &str| wat::parse_str(format!("(module (memory 1) (func {code}))")).expect("a module");
        for (bytes, words, exit_code) in [
            (with(""), "of another version", 4),
            (
                with("(memory.copy (i32.const 0) (i32.const 1) (i32.const 2))"),
                "an old plugin with instructions",
                4,
            ),
            (b"<html>".to_vec(), "not a WebAssembly module", 4),
        ] {
            std::fs::write(&plugin, bytes).expect("the plugin");
            let report = look(&mut sidecar).await.expect(&["shared-keys", "plugin-current"]);
            assert!(report.sentence("plugin-current").contains(words), "{report:?}");
            assert_eq!(report.exit_code, exit_code);
        }
        std::fs::remove_file(&plugin).expect("the plugin");
        let report = look(&mut sidecar).await.expect(&["shared-keys", "plugin-current"]);
        assert!(report.sentence("plugin-current").contains("finds no plugin"), "{report:?}");
        severity_by_processor(
            &mut sidecar,
            &plugin,
            &with("(memory.copy (i32.const 0) (i32.const 1) (i32.const 2))"),
        )
        .await;
    });
}

/// On an Intel processor with `erms` and `fsrm`, the old plugin is a fault; on any other, a warning.
async fn severity_by_processor(sidecar: &mut Sidecar, plugin: &Path, old: &[u8]) {
    sidecar.unset("BOUNCER_SHARE_DIR");
    std::fs::write(plugin, old).expect("the plugin");
    let named = plugin.display().to_string();
    let report = from_inside(sidecar, &["--plugin-file", &named]).await.expect(&["plugin-current"]);
    let processor = std::fs::read_to_string("/proc/cpuinfo").expect("the processor");
    let has = |word: &str| processor.split_whitespace().any(|own| own == word);
    let is_newer = has("GenuineIntel") && has("erms") && has("fsrm");
    assert_eq!(report.exit_code, if is_newer { 4 } else { 3 }, "{report:?}");
}
