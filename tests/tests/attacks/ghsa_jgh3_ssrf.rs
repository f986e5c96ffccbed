//! Obot fetched any URL that a client named. Here a client document is fetched only from public addresses, which are
//! checked when connecting, and without redirects.
//!
//! Checked by letting `is_public` in `sidecar/src/upstream/address.rs` return true and accepting any port, and by
//! following redirects in `sidecar/src/upstream/http.rs`.

use e2e::browser::Browser;
use e2e::runtime::run;
use e2e::wire::Reply;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

use crate::world::{stays, world};

#[test]
fn no_private_address_is_connected_to() {
    run(async {
        let tenant = world().await.path("alpha");
        let dialled = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&dialled);
        // Counts connections, not requests: a failed TLS handshake is a connection, too.
        let trap = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = trap.local_addr().expect("an address").port();
        let counting = tokio::spawn(async move {
            while trap.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        for id in [
            format!("https://127.0.0.1:{port}/c.json"),
            format!("http://127.0.0.1:{port}/c.json"),
            format!("http://localhost:{port}/c.json"),
            format!("https://localhost:{port}/c.json"),
            "https://127.0.0.1/c.json".to_owned(),
            "https://localhost/c.json".to_owned(),
            "https://169.254.169.254/latest/meta-data".to_owned(),
            "https://[::1]/c.json".to_owned(),
            "https://[::ffff:10.0.0.1]/c.json".to_owned(),
            "https://[64:ff9b::7f00:1]/c.json".to_owned(),
            "https://[fe80::1]/c.json".to_owned(),
            "https://100.64.0.1/c.json".to_owned(),
            "https://0.0.0.0/c.json".to_owned(),
            "https://2130706433/c.json".to_owned(),
            "https://0177.0.0.1/c.json".to_owned(),
        ] {
            let url = tenant.authorize_url(&id, &[]).parse().expect("a URL");
            let page = Browser::new(&tenant.http).open(&url).await;
            stays(&page);
            assert!(page.body.contains("client_document"), "{id}: {page:?}");
        }
        assert_eq!(dialled.load(Ordering::SeqCst), 0);
        counting.abort();
    });
}

#[test]
fn a_redirect_of_the_document_is_not_followed() {
    run(async {
        let world = world().await;
        let tenant = world.path("alpha");
        let target = world.documents.publish("/target.json", |_| {});
        let id = world.documents.publish("/moved.json", |_| {});
        let moved = Reply::whole("302 Found", "application/json", "").with("Location", &target);
        world.documents.answer("/moved.json", moved);
        let url = tenant.authorize_url(&id, &[]).parse().expect("a URL");
        stays(&Browser::new(&tenant.http).open(&url).await);
        assert_eq!((world.documents.asked("/moved.json"), world.documents.asked("/target.json")), (1, 0));
    });
}

#[test]
fn our_own_url_is_not_accepted_as_a_client_id() {
    run(async {
        let tenant = world().await.path("alpha");
        for path in ["/oauth/jwks.json", "/mcp", "/.well-known/oauth-authorization-server"] {
            let id = format!("{}{path}", tenant.base);
            let url = tenant.authorize_url(&id, &[]).parse().expect("a URL");
            stays(&Browser::new(&tenant.http).open(&url).await);
        }
    });
}
