//! The operator's clients file, and token requests without a user.

use std::cell::RefCell;
use std::io::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use base64ct::Encoding as _;
use protocol::context::Endpoint;
use protocol::form::encode_pairs;
use serde_json::{Value, json};
use store::Store;
use tempfile::NamedTempFile;

use super::{Reply, Site, World};

pub(crate) const BASE: &str = "https://mcp.example.com/wiki";
pub(crate) const SECRET: &str = "a-secret-of-the-operator-1";
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Returns an entry of the clients file that may use the client credentials grant at [`BASE`], with these members
/// changed.
pub(crate) fn machine(client_id: &str, change: &Value) -> Value {
    let mut entry = json!({
        "client_id": client_id, "client_name": "Nightly build", "client_secret": SECRET, "bases": [BASE],
        "grant_types": ["client_credentials"],
    });
    for (name, value) in change.as_object().unwrap() {
        entry[name] = value.clone();
    }
    entry.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    entry
}

/// Writes a clients file with these entries.
pub(crate) fn clients_file(entries: &[Value]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    write!(file, "{}", json!({ "clients": entries })).unwrap();
    file.flush().unwrap();
    file
}

/// Starts a sidecar with this clients file.
pub(crate) fn world_of(entries: &[Value], more: &[(&str, &str)]) -> World {
    world_on(Arc::new(Store::oracle()), entries, more)
}

/// Starts a sidecar with this clients file and this store.
pub(crate) fn world_on(store: Arc<Store>, entries: &[Value], more: &[(&str, &str)]) -> World {
    let file = clients_file(entries);
    let path = file.path().to_str().unwrap();
    let world = World::on(store, &[&[("BOUNCER_CLIENTS_FILE", path)], more].concat());
    keep(file);
    world
}

/// Keeps the file until this thread ends, because the sidecar checks the file again.
fn keep(file: NamedTempFile) {
    thread_local! {
        static FILES: RefCell<Vec<NamedTempFile>> = const { RefCell::new(Vec::new()) };
    }
    FILES.with_borrow_mut(|files| files.push(file));
}

/// Sends a token request with HTTP Basic.
pub(crate) async fn with_basic(
    world: &World,
    site: &Site,
    (id, secret): (&str, &str),
    pairs: &[(&str, &str)],
) -> Reply {
    let encoded = base64ct::Base64::encode_string(format!("{id}:{secret}").as_bytes());
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, format!("Basic {encoded}"));
    world.send(site, Endpoint::Token, request.body(Body::from(encode_pairs(pairs))).unwrap()).await
}

/// Requests a token with the client credentials grant, with additional parameters.
pub(crate) async fn own_token(world: &World, site: &Site, id: &str, more: &[(&str, &str)]) -> Reply {
    let pairs = [&[("grant_type", "client_credentials")], more].concat();
    with_basic(world, site, (id, SECRET), &pairs).await
}
