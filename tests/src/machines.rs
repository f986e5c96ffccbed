//! Programs without a user: their keys, and their entries in the clients file.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::idp::{APPLICATION, APPLICATION_SECRET, Idp};
use crate::paths;
use crate::process::Program;

/// The grant type of an assertion about a user (RFC 7523 §2.1).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The client id of [`agent`].
pub const AGENT: &str = "agent";
/// Its secret.
const AGENT_SECRET: &str = "a-secret-of-the-agent-here";

/// A new key, and these claims signed with it (`tests/node/keys.mjs`).
pub async fn keys(algorithm: &str, typ: &str, tokens: &[Value]) -> Value {
    let directory = TempDir::new().expect("a temporary directory");
    let program = Program::new("keys", paths::node()).arg(paths::of_tests("node/keys.mjs")).arg(algorithm);
    let program = tokens.iter().fold(program, |program, claims| program.arg(claims.to_string()));
    serde_json::from_str(&program.env("TYP", typ).run(directory.path(), "").await).expect("JSON")
}

/// The entry of a client that exchanges assertions of the identity provider at this base URL.
pub fn agent(base: &str) -> Value {
    json!({ "client_id": AGENT, "client_secret": AGENT_SECRET, "bases": [base], "grant_types": [JWT_BEARER] })
}

/// The configuration of its program (`tests/node/machine-provider.mjs`), for a user with this `id_token`.
pub fn agent_config(idp: &Idp, id_token: &str) -> Value {
    json!({
        "clientId": AGENT, "clientSecret": AGENT_SECRET,
        "idp": {
            "url": idp.issuer(), "idToken": id_token, "clientId": APPLICATION, "clientSecret": APPLICATION_SECRET,
        },
    })
}
