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
    /// Starts it; the client registered there may use these paths on loopback hosts, on any port.
    pub async fn start(redirect_uris: &[&str]) -> Self {
        Self::start_with(redirect_uris, None).await
    }

    /// Starts it as an authorization server for MCP, whose access tokens are for this audience.
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

    /// It as a tenant's provider.
    pub fn provider(&self) -> Provider {
        Provider::Oidc {
            issuer: self.issuer.clone(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
        }
    }

    /// What it wrote: one JSON line per request among others.
    pub fn log(&self) -> String {
        self.process.stderr()
    }
}
