//! `compose.acme.yml` with a real ACME CA: Pebble, the test CA of Let's Encrypt.

use std::fs;
use std::path::Path;

use e2e::clients::Client;
use e2e::ports::Held;
use e2e::process::Program;
use e2e::runtime::run;
use e2e::wait;
use serde_json::json;
use tempfile::TempDir;

use crate::engine::Engine;
use crate::images;
use crate::world::{World, person};

const HOST: &str = "wiki.example.com";

/// Writes the files that Pebble reads: its settings, and a certificate for its own TLS.
async fn pebble_files(engine: &Engine) -> TempDir {
    let folder = TempDir::new_in(engine.logs()).expect("a temporary folder");
    let config = json!({ "pebble": {
        "listenAddress": "0.0.0.0:14000",
        "managementListenAddress": "0.0.0.0:15000",
        "certificate": "/pebble/cert.pem",
        "privateKey": "/pebble/key.pem",
        "httpPort": 80,
        "tlsPort": 443,
    } });
    fs::write(folder.path().join("config.json"), config.to_string()).expect("a file");
    let request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=pebble \
         -addext subjectAltName=DNS:pebble -keyout key.pem -out cert.pem";
    let openssl = Program::new("openssl", "openssl").args(request.split_whitespace());
    openssl.directory(folder.path()).run(folder.path(), "").await;
    folder
}

/// Returns the certificate of the CA, which Pebble makes when it starts.
async fn root(engine: &Engine, management: u16) -> String {
    wait::until("Pebble has a root", async || {
        let response = engine.fetched(&format!("https://localhost:{management}/roots/0")).await;
        Some(response[response.find("-----BEGIN")?..].to_owned())
    })
    .await
}

/// Only the address of the CA differs from an installation with Let's Encrypt.
#[test]
fn a_certificate_is_issued_and_a_client_logs_in_over_tls() {
    run(async {
        let (tls, management) = (Held::any(), Held::any());
        let world = World::prepare().await;
        images::pebble(&world.engine).await;
        let files = pebble_files(&world.engine).await;
        let world = world
            .with_settings(&format!(
                "MCP_HOST={HOST}\nACME_EMAIL=you@example.com\nACME_SERVER=https://pebble:14000/dir\n"
            ))
            .with_files(&["compose.yml", "compose.acme.yml", "…/pebble.yml"])
            .with("TLS_PORT", &tls.number().to_string())
            .with("PEBBLE_PORT", &management.number().to_string())
            .with("PEBBLE_FILES", &files.path().display().to_string());
        let password = world.start_with_alice().await;
        let root = root(&world.engine, management.number()).await;
        let trusted = files.path().join("root.pem");
        fs::write(&trusted, &root).expect("a file");
        let http = world.http.clone().over_tls(&root);
        let base = format!("https://{HOST}:{}", tls.number());
        wait::until("the certificate is served", async || http.status(&base).await).await;
        wait::until("the server is protected", async || {
            let keys = http.get(&format!("{base}/oauth/jwks.json")).await;
            (http.get(&format!("{base}/mcp")).await.status == 401 && keys.status == 200).then_some(())
        })
        .await;
        logs_in(&base, &http, &trusted, &password).await;
        let redirected = world.http.get(&world.at(&format!("{HOST}/mcp"))).await;
        assert_eq!(redirected.header("location"), format!("https://{HOST}/mcp"));
    });
}

async fn logs_in(base: &str, http: &e2e::http::Http, root: &Path, password: &str) {
    let mut client = Client::start_over_tls(&format!("{base}/mcp"), http, root);
    client.connect(person("alice", password)).await;
    assert_eq!(client.call().await, 1);
    client.expire().await;
    assert_eq!(client.call().await, 2, "the refresh returned a second");
    let visited = client.browser.trail.iter().map(|(_, url, _)| url.as_str());
    assert!(
        visited.clone().count() > 1 && visited.clone().all(|url| url.starts_with(base)),
        "over TLS alone"
    );
}
