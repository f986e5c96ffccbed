//! A real OpenID provider, `oidc-provider`, with alice and bob.

use serde_json::json;
use tempfile::TempDir;

use crate::deployed::Provider;
use crate::process::{Process, Program};
use crate::{paths, process};

/// The running provider.
pub struct Idp {
    process: Process,
    issuer: String,
    _directory: TempDir,
}

const CLIENT_ID: &str = "mcpbouncer";
const CLIENT_SECRET: &str = "secret-of-the-client-at-the-provider";

impl Idp {
    /// Starts it; its registered client may use redirect URIs with these paths on loopback hosts, on any port.
    pub async fn start(redirect_uris: &[&str]) -> Self {
        Self::start_with(redirect_uris, None).await
    }

    /// Starts it as an authorization server for MCP that issues access tokens for this audience.
    pub async fn for_mcp(audience: &str) -> Self {
        Self::start_with(&[], Some(audience)).await
    }

    async fn start_with(redirect_uris: &[&str], audience: Option<&str>) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let client =
            json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uris": redirect_uris });
        let mut process = Program::new("idp", paths::node())
            .arg(paths::of_tests("node/idp.mjs"))
            .arg(client.to_string())
            .args(audience)
            .start(directory.path());
        let issuer = process
            .wait_for("listens", |out, _| {
                process::json_lines(out).iter().find_map(|line| Some(line["issuer"].as_str()?.to_owned()))
            })
            .await;
        Self { process, issuer, _directory: directory }
    }

    /// Its issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The settings of a tenant that uses this provider.
    pub fn provider(&self) -> Provider {
        Provider::Oidc {
            issuer: self.issuer.clone(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
        }
    }

    /// Its output, which includes one JSON line per request.
    pub fn log(&self) -> String {
        self.process.stderr()
    }
}
