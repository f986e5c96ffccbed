//! The extensions that the conformance suite knows, and step-up authorization, between the clients of the SDKs and this
//! server. The suite's own scenarios for them test clients against servers of the suite; these here test this server.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::browser::Person;
use crate::clients::{Client, Kind};
use crate::deployed::{self, Tenant};
use crate::flow::{Flow, claims};
use crate::idp::Idp;
use crate::machines::{AGENT, agent, agent_config, keys};
use crate::mcp_server::McpServer;
use crate::sidecar::ALICE;
use crate::stack::{Plan, Stack};

/// The SDKs' clients.
pub const SDKS: [Kind; 2] = [Kind::ClientV2, Kind::Python];

const SECRET: &str = "a-secret-of-the-nightly-build";

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// It acts for itself, with a secret (`auth/client-credentials-basic`).
    Secret,
    /// It acts for itself, with a signed assertion (`auth/client-credentials-jwt`).
    Key,
    /// It acts for a user whom the identity provider asserts (`auth/enterprise-managed-authorization`).
    Enterprise,
    /// It asks its user for a further scope when the server refuses a call (`auth/scope-step-up`).
    StepUp,
}

impl Extension {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Secret, Self::Key, Self::Enterprise, Self::StepUp];

    /// The suite's scenario for clients that do this.
    pub const fn scenario(self) -> &'static str {
        match self {
            Self::Secret => "auth/client-credentials-basic",
            Self::Key => "auth/client-credentials-jwt",
            Self::Enterprise => "auth/enterprise-managed-authorization",
            Self::StepUp => "auth/scope-step-up",
        }
    }
}

/// This server with tenants for all of them.
pub struct World {
    stack: Stack,
    idp: Idp,
    key: Value,
    _server: McpServer,
    _folder: TempDir,
}

impl World {
    /// Starts everything.
    pub async fn start() -> Self {
        let (server, idp) = (McpServer::start().await, Idp::enterprise(&[], AGENT).await);
        let folder = TempDir::new().expect("a temporary directory");
        let file = folder.path().join("clients.json");
        std::fs::write(&file, r#"{"clients": []}"#).expect("the clients file");
        let tenant = |name| Tenant::local(name, &server.url()).with("offeredScopes: wiki:read, wiki:write");
        let managed = tenant("code").with_provider(idp.provider()).with("enterpriseManaged: true");
        let stack = Stack::start(Plan {
            users: vec![ALICE],
            files: vec![
                ("machines.yml", deployed::path_tenants("localhost", &tenant("docs"), &managed)),
                (
                    "step-up.yml",
                    deployed::host_tenant("127.0.0.1", &tenant("wiki").with("toolPolicy: echo=speak")),
                ),
            ],
            sidecar: vec![
                ("BOUNCER_CLIENTS_FILE", file.display().to_string()),
                ("BOUNCER_INTERNAL_ISSUERS", idp.issuer().to_owned()),
            ],
            ..Plan::default()
        })
        .await;
        let world = Self { key: keys("ES256", "", &[]).await, stack, idp, _server: server, _folder: folder };
        let tenants = [Extension::Key, Extension::Enterprise, Extension::StepUp].map(|of| world.tenant(of));
        world.stack.ready(&tenants.map(|tenant| tenant.mcp())).await;
        // Written beside it and renamed, so that the sidecar never reads a part of it.
        let beside = file.with_extension("new");
        std::fs::write(&beside, world.clients().to_string()).expect("the clients file");
        std::fs::rename(&beside, &file).expect("the clients file");
        world
    }

    fn tenant(&self, of: Extension) -> Flow {
        let base = match of {
            Extension::Secret | Extension::Key => format!("{}/docs", self.stack.at("localhost")),
            Extension::Enterprise => format!("{}/code", self.stack.at("localhost")),
            Extension::StepUp => self.stack.at("127.0.0.1"),
        };
        Flow::new(&self.stack.http, &base)
    }

    fn clients(&self) -> Value {
        let own = |id: &str| {
            let base = self.tenant(Extension::Key).base;
            json!({ "client_id": id, "bases": [base], "grant_types": ["client_credentials"], "scope": "wiki:read" })
        };
        let (mut nightly, mut signer) = (own("nightly"), own("signer"));
        nightly["client_secret"] = json!(SECRET);
        signer["token_endpoint_auth_method"] = json!("private_key_jwt");
        signer["jwks"] = self.key["jwks"].clone();
        json!({ "clients": [nightly, signer, agent(&self.tenant(Extension::Enterprise).base)] })
    }

    /// A client does that with this server; returns what it got, or the error.
    pub async fn run(&self, extension: Extension, kind: Kind) -> Result<String, String> {
        let (config, subject) = match extension {
            Extension::StepUp => return self.step_up(kind).await,
            Extension::Secret => (json!({ "clientId": "nightly", "clientSecret": SECRET }), "client:nightly"),
            Extension::Key => {
                let key = &self.key["privateKey"];
                (json!({ "clientId": "signer", "privateKey": key, "algorithm": "ES256" }), "client:signer")
            }
            Extension::Enterprise => {
                let id_token = self.idp.id_token(&self.stack.http, Person::user(ALICE)).await;
                (agent_config(&self.idp, &id_token), "alice")
            }
        };
        let tenant = self.tenant(extension);
        let mut all = config;
        all["url"] = json!(tenant.mcp());
        all["issuer"] = json!(tenant.base);
        all["scope"] = json!("wiki:read");
        let mut client = Client::machine(kind, &all, &self.stack.http);
        client.try_connect_alone().await?;
        client.try_call().await?;
        let tokens = client.tokens().await;
        let token = claims(tokens["access_token"].as_str().ok_or("no access token")?);
        let is_right = token["sub"] == subject && token["aud"] == tenant.mcp() && token["iss"] == tenant.base;
        if !is_right || !tokens["refresh_token"].is_null() || client.asked != 0 {
            return Err(format!("not a token of {subject} for {}: {tokens}", tenant.mcp()));
        }
        Ok(format!("called a tool as {subject} with {}", token["scope"]))
    }

    async fn step_up(&self, kind: Kind) -> Result<String, String> {
        let mut client = Client::start(kind, &self.tenant(Extension::StepUp).mcp(), &self.stack.http);
        client.connect(Person::user(ALICE)).await;
        let scope =
            |tokens: Value| claims(tokens["access_token"].as_str().unwrap_or_default())["scope"].clone();
        let before = scope(client.tokens().await);
        client.try_call_with(Person::user(ALICE)).await?;
        let after = scope(client.tokens().await);
        let has = |scopes: &Value| scopes.as_str().is_some_and(|scopes| scopes.contains("speak"));
        if has(&before) || !has(&after) || client.asked != 2 {
            return Err(format!("asked {} times: {before}, then {after}", client.asked));
        }
        Ok(format!("called a tool with {after} after a consent to more than {before}"))
    }
}
