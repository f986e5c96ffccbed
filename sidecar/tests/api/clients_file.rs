//! The operator's clients file is read again when it changes.

use protocol::context::Endpoint;
use serde_json::{Value, json};
use sidecar::sweep;
use tempfile::NamedTempFile;

use crate::logs::Captured;
use crate::support::machine::{BASE, SECRET, clients_file, machine, own_token, with_basic};
use crate::support::{Site, World};

fn site() -> Site {
    Site::local(BASE)
}

fn world_with(file: &NamedTempFile) -> World {
    World::with(&[("BOUNCER_CLIENTS_FILE", file.path().to_str().unwrap())])
}

/// Replaces the clients file by another one, as `mcpbouncer clients add` and mounted volumes do.
fn replace(file: &NamedTempFile, text: &str) {
    let aside = file.path().with_extension("new");
    std::fs::write(&aside, text).unwrap();
    std::fs::rename(&aside, file.path()).unwrap();
}

fn list(entries: &[Value]) -> String {
    json!({ "clients": entries }).to_string()
}

/// Returns status and error of a token request of this client with this secret.
async fn asked(world: &World, id: &str, secret: &str) -> (u16, String) {
    let reply = with_basic(world, &site(), (id, secret), &[("grant_type", "client_credentials")]).await;
    (reply.status.as_u16(), reply.json()["error"].as_str().unwrap_or_default().to_owned())
}

fn refused() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

fn issued() -> (u16, String) {
    (200, String::new())
}

#[tokio::test]
async fn clients_that_are_added_changed_and_removed_are_so_at_once() {
    let file = clients_file(&[machine("nightly", &json!({}))]);
    let world = world_with(&file);
    let introspecting = json!({"introspect": true, "grant_types": null, "client_name": "Server"});
    assert_eq!(asked(&world, "weekly", SECRET).await, refused());

    replace(&file, &list(&[machine("nightly", &json!({})), machine("weekly", &json!({}))]));
    assert_eq!(asked(&world, "weekly", SECRET).await, issued());
    let reply = own_token(&world, &site(), "nightly", &[]).await;
    let token = reply.json()["access_token"].as_str().unwrap().to_owned();

    let other = "another-secret-of-the-operator";
    let weekly = machine("weekly", &json!({"client_secret": other}));
    replace(&file, &list(&[weekly, machine("server", &introspecting)]));
    assert_eq!(asked(&world, "nightly", SECRET).await, refused(), "it was removed");
    assert_eq!(asked(&world, "weekly", SECRET).await, refused(), "it has another secret");
    assert_eq!(asked(&world, "weekly", other).await, issued());
    let pairs = [("client_id", "server"), ("client_secret", SECRET), ("token", token.as_str())];
    let introspected = world.post_form(&site(), Endpoint::Introspect, &pairs).await.json();
    assert_eq!(introspected["active"], true, "its token is valid until it expires: {introspected}");

    // The client is now unknown at this base URL, because its entry lists another one.
    replace(&file, &list(&[machine("weekly", &json!({"bases": ["https://other.example.com"]}))]));
    assert_eq!(asked(&world, "weekly", SECRET).await, refused());
    let reply = world.post_form(&site(), Endpoint::Introspect, &pairs).await;
    assert_eq!(reply.status, 401, "it may not introspect any more: {reply:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_used_leaves_the_former_clients_in_force_and_is_told_once() {
    let log = Captured::start();
    let file = clients_file(&[machine("nightly", &json!({})), machine("weekly", &json!({}))]);
    let world = world_with(&file);
    assert_eq!(asked(&world, "nightly", SECRET).await, issued());
    let told = || log.with_reason("clients_file");

    // An entry that lacks a member, half a file, and no file.
    let nightly = machine("nightly", &json!({}));
    let wrong = machine("weekly-canary", &json!({"client_secret": "short-canary"}));
    replace(&file, &list(&[nightly.clone(), wrong]));
    sweep::look_at_clients_file(&world.app.journal, &world.app.clients).await;
    assert!(world.reasons().contains("clients_file"), "before anybody asks");
    for id in ["nightly", "weekly"] {
        assert_eq!(asked(&world, id, SECRET).await, issued(), "{id}");
    }
    assert_eq!(asked(&world, "weekly-canary", "short-canary").await, refused());
    replace(&file, "{\"clients\":[");
    assert_eq!(asked(&world, "weekly", SECRET).await, issued());
    assert_eq!(asked(&world, "weekly", SECRET).await, issued());
    std::fs::remove_file(file.path()).unwrap();
    assert_eq!(asked(&world, "weekly", SECRET).await, issued());
    sweep::look_at_clients_file(&world.app.journal, &world.app.clients).await;

    replace(&file, &list(&[nightly]));
    assert_eq!(asked(&world, "weekly", SECRET).await, refused());
    assert_eq!(asked(&world, "nightly", SECRET).await, issued());
    assert!(log.text().contains("was read again"), "{}", log.text());

    // A separate task read the file first, and its log lines are not among those of this thread.
    let lines = told();
    assert_eq!(lines.len(), 2, "{}", log.text());
    for line in &lines {
        let text = line.to_string();
        assert!(text.contains("BOUNCER_CLIENTS_FILE") && text.contains("stay in force"), "{text}");
        assert!(!text.contains("short-canary") && line["level"] == "ERROR", "{text}");
    }
}
