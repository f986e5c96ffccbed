//! Refused starts: the program prints one sentence, exits with 1, and changes nothing.

use e2e::postgres::Cluster;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, Keys, Sidecar};

/// Returns the message with which another `serve` with the same settings fails to start.
async fn refusal(sidecar: &mut Sidecar) -> String {
    let mut process = sidecar.begin(&["serve"]);
    let status = process.ended().await;
    assert_eq!(status.code(), Some(1), "{}", process.stderr());
    let text = process.stderr().trim().to_owned();
    assert!(text.starts_with("mcpbouncer: ") && !text.contains('\n'), "one sentence: {text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[track_caller]
fn says(text: &str, expected: &[&str]) {
    assert!(expected.iter().all(|words| text.contains(words)), "{text}");
}

#[test]
fn a_second_process_on_the_file_is_refused_and_the_message_names_postgresql() {
    run(async {
        let mut sidecar = Sidecar::start(&Keys::generate().await, &[ALICE], &[]).await;
        sidecar.set("BOUNCER_LISTEN_ADDR", "127.0.0.1:0");
        says(&refusal(&mut sidecar).await, &["in use by another process", "BOUNCER_DATABASE_URL"]);
        sidecar.stop().await;
        sidecar.resume().await;
    });
}

#[test]
fn a_file_under_another_key_and_a_damaged_file_are_refused_and_not_changed() {
    run(async {
        let keys = Keys::generate().await;
        let mut sidecar = Sidecar::start(&keys, &[ALICE], &[]).await;
        sidecar.stop().await;
        let file = sidecar.users_file().with_file_name("bouncer.db");
        let whole = std::fs::read(&file).expect("the database");
        sidecar.set("BOUNCER_ENCRYPTION_KEY", &Keys::generate().await.encryption_key);
        says(&refusal(&mut sidecar).await, &["the signing keys", "BOUNCER_ENCRYPTION_KEY"]);
        sidecar.set("BOUNCER_ENCRYPTION_KEY", &keys.encryption_key);
        sidecar.resume().await;
        sidecar.stop().await;

        let half = &whole[..whole.len() / 2];
        std::fs::write(&file, half).expect("the database");
        says(&refusal(&mut sidecar).await, &["is damaged", "restore a backup"]);
        assert_eq!(std::fs::read(&file).expect("the database"), half);
    });
}

#[test]
fn an_unusable_database_server_is_refused_with_its_reason() {
    run(async {
        let mut cluster = Cluster::start(false).await;
        let url = cluster.database();
        let keys = Keys::generate().await;
        let mut sidecar = Sidecar::start(&keys, &[ALICE], &[("BOUNCER_DATABASE_URL", &url)]).await;
        sidecar.stop().await;

        let name = url.rsplit('/').next().expect("a name");
        let before = cluster.sql(name, "SELECT key, value FROM mcpbouncer_signing_keys ORDER BY key");
        sidecar.set("BOUNCER_ENCRYPTION_KEY", &Keys::generate().await.encryption_key);
        says(&refusal(&mut sidecar).await, &["the signing keys", "BOUNCER_ENCRYPTION_KEY"]);
        assert_eq!(cluster.sql(name, "SELECT key, value FROM mcpbouncer_signing_keys ORDER BY key"), before);
        sidecar.set("BOUNCER_ENCRYPTION_KEY", &keys.encryption_key);

        sidecar.set("BOUNCER_DATABASE_URL", &cluster.url("bouncer", "canary", name));
        let refused = refusal(&mut sidecar).await;
        says(&refused, &["refuses the user or the password"]);
        assert!(!refused.contains("canary"), "{refused}");
        cluster.kill();
        sidecar.set("BOUNCER_DATABASE_URL", &url);
        says(&refusal(&mut sidecar).await, &["cannot be reached", &cluster.place()]);
    });
}

#[test]
fn sigterm_during_the_start_ends_it_with_success() {
    run(async {
        // This server accepts connections and never responds, so the start cannot end by itself.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("postgres://bouncer@{}/bouncer", silent.local_addr().expect("an address"));
        let mut sidecar = Sidecar::start(&Keys::generate().await, &[ALICE], &[]).await;
        sidecar.stop().await;
        sidecar.set("BOUNCER_DATABASE_URL", &url);
        let mut process = sidecar.begin(&["serve"]);
        let _connection = silent.accept().await.expect("a connection");
        let status = process.terminate().await;
        assert!(status.success(), "the start ended with {status}\n{}", process.stderr());
        assert!(process.stderr().contains("stopped during the start"), "{}", process.stderr());
    });
}
