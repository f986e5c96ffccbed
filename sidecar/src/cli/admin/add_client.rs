//! `clients add`: adds a client with the client credentials grant (RFC 6749 section 4.4) to the clients file. The
//! client gets a new secret, or authenticates with its own keys.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use protocol::encoding::b64url_encode;
use protocol::secret::Secret;
use protocol::uri::Base;
use serde::Serialize;
use store::crypto::secrets::{CLIENT_SECRET_PREFIX, hash_secret, new_secret};
use store::entropy::Entropy;

use super::session::json;
use super::text::{ID, printable};
use crate::cli::terminal::{CliError, pairs, print};
use crate::clients::{NewCredentials, NewMachine, add_machine};
use crate::config;

/// The options of `clients add`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Add {
    /// The client's id: letters, digits and - _ . ~
    client_id: String,
    /// Base URL of an MCP server for which the client gets tokens; may be repeated
    #[arg(long, value_name = "BASE", required = true)]
    base: Vec<String>,
    /// Scopes that the client may get, separated by spaces; default: all offered scopes except those that scopeMap
    /// gives to groups
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// Name of the client, for people
    #[arg(long)]
    name: Option<String>,
    /// Lifetime of its access tokens in seconds; default and maximum: the lifetime for other clients
    #[arg(long, value_name = "SECONDS")]
    ttl: Option<u64>,
    /// File with the client's public keys (JWK set), which verify its assertions (`private_key_jwt`); then it gets no
    /// secret
    #[arg(long, value_name = "FILE", conflicts_with = "jwks_uri")]
    jwks: Option<PathBuf>,
    /// The https URL of the client's public keys, which verify its assertions (`private_key_jwt`); then it gets no
    /// secret
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What the command prints with `--json`.
#[derive(Serialize)]
struct Added<'a> {
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    token_endpoints: Vec<String>,
}

impl Add {
    pub(super) fn run(self, entropy: &dyn Entropy) -> Result<(), CliError> {
        let file = config::clients_file(pairs()).map_err(CliError::new)?;
        let base = |text: &String| {
            Base::parse(text).map_err(|_| {
                CliError::new(format!("--base {text} is not a base URL such as https://wiki.example.com"))
            })
        };
        let bases: Vec<Base> = self.base.iter().map(base).collect::<Result<_, _>>()?;
        let (credentials, secret) = match (&self.jwks, &self.jwks_uri) {
            (Some(path), _) => (NewCredentials::Keys(keys(path)?), None),
            (None, Some(address)) => (NewCredentials::KeysAt(address.clone()), None),
            (None, None) => {
                let secret = new_secret(entropy, CLIENT_SECRET_PREFIX).map_err(CliError::new)?;
                let hash = b64url_encode(&hash_secret(secret.expose()));
                (NewCredentials::SecretHash(hash), Some(secret))
            }
        };
        let new = NewMachine {
            client_id: self.client_id.clone(),
            name: self.name,
            bases: bases.clone(),
            scope: self.scope,
            ttl_secs: self.ttl,
            credentials,
        };
        add_machine(&file, new).map_err(CliError::new)?;
        let _ = writeln!(io::stderr(), "mcpbouncer: client {} added to {}", self.client_id, file.display());
        let endpoints: Vec<String> = bases.iter().map(|base| base.join("/oauth/token")).collect();
        if self.json {
            let client_secret = secret.as_ref().map(|secret| secret.expose().as_str());
            return print(&json(&Added {
                client_id: &self.client_id,
                client_secret,
                token_endpoints: endpoints,
            })?);
        }
        print(&text(&self.client_id, secret.as_ref(), &endpoints))
    }
}

fn keys(path: &Path) -> Result<serde_json::Value, CliError> {
    let unreadable =
        |error: &dyn std::fmt::Display| CliError::new(format!("--jwks {}: {error}", path.display()));
    let text = std::fs::read(path).map_err(|error| unreadable(&error))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(&error))
}

/// Returns the text that says what to do next. It contains the secret, because the secret is shown only once.
fn text(client_id: &str, secret: Option<&Secret<String>>, endpoints: &[String]) -> String {
    let shown = printable(client_id, ID);
    let endpoint = endpoints.first().map(String::as_str).unwrap_or_default();
    let Some(secret) = secret else {
        return format!(
            "A running sidecar reads the file within a second. Then client {shown} gets a token at\n\
             {endpoint} with grant_type=client_credentials and an assertion (private_key_jwt).\n"
        );
    };
    format!(
        "client_id={shown}\nclient_secret={}\n\n\
         The secret is shown only now; the file holds its hash. A running sidecar reads the file within a second. Then:\n\
         curl -u '{shown}:{}' -d grant_type=client_credentials {endpoint}\n",
        secret.expose(),
        secret.expose()
    )
}
