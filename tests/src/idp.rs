//! A real OpenID provider, `oidc-provider`, with the users alice and bob.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::browser::{Browser, Person};
use crate::deployed::Provider;
use crate::flow::{REDIRECT, VERIFIER};
use crate::http::Http;
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
/// The application that signs its users in at the provider, and gets assertions about them from it.
pub const APPLICATION: &str = "application";
/// The secret of [`APPLICATION`] at the provider.
pub const APPLICATION_SECRET: &str = "secret-of-the-application-at-the-provider";

impl Idp {
    /// Starts the provider. Its registered client may use redirect URIs with these paths on loopback hosts, on any
    /// port.
    pub async fn start(redirect_uris: &[&str]) -> Self {
        Self::start_with(redirect_uris, None, None).await
    }

    /// Starts the provider with [`APPLICATION`], whose id at the MCP server is `asserted`: assertions about its users
    /// name that client id (ID-JAG).
    pub async fn enterprise(redirect_uris: &[&str], asserted: &str) -> Self {
        Self::start_with(redirect_uris, None, Some(asserted)).await
    }

    /// Starts the provider as an authorization server for MCP that issues access tokens for this audience.
    pub async fn for_mcp(audience: &str) -> Self {
        Self::start_with(&[], Some(audience), None).await
    }

    async fn start_with(redirect_uris: &[&str], audience: Option<&str>, asserted: Option<&str>) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let client =
            json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uris": redirect_uris });
        let mut process = Program::new("idp", paths::node())
            .arg(paths::of_tests("node/idp.mjs"))
            .arg(client.to_string())
            .args(audience)
            .env("ASSERTED_CLIENT", asserted.unwrap_or_default())
            .env("APPLICATION_SECRET", APPLICATION_SECRET)
            .start(directory.path());
        let issuer = process
            .wait_for("listens", |out, _| {
                process::json_lines(out).iter().find_map(|line| Some(line["issuer"].as_str()?.to_owned()))
            })
            .await;
        Self { process, issuer, _directory: directory }
    }

    /// The provider's issuer.
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

    /// Logs in at [`APPLICATION`]. Returns the `id_token` that the application gets.
    pub async fn id_token(&self, http: &Http, person: Person<'_>) -> String {
        let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(VERIFIER));
        let parameters = [
            ("response_type", "code"),
            ("client_id", APPLICATION),
            ("redirect_uri", REDIRECT),
            ("scope", "openid"),
            ("state", "the-state"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let outcome = Browser::new(http).log_in(&format!("{}/auth?{query}", self.issuer), person).await;
        let code = outcome.parameter("code").unwrap_or_else(|| panic!("no code: {outcome:?}"));
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", APPLICATION),
            ("client_secret", APPLICATION_SECRET),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        let answer = http.post_form(&format!("{}/token", self.issuer), &[], &fields).await.expect(200);
        answer.json()["id_token"].as_str().expect("an id_token").to_owned()
    }

    /// Returns the provider's output, which includes one JSON line per request.
    pub fn log(&self) -> String {
        self.process.stderr()
    }
}
