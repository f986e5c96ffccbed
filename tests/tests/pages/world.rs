//! A host with local users, a host with users of a provider, and clients of both.

use e2e::backend::Backend;
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::idp::Idp;
use e2e::process::Program;
use e2e::sidecar::{ALICE, BOB, User};
use e2e::stack::{Plan, Stack};
use e2e::{paths, process, wait};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The redirect URI of clients that are websites. Nobody serves it.
pub const CALLBACK: &str = "https://client.example/callback";
/// A second user of the local tenant. bob is not a user of that tenant.
pub const CAROL: User = User { name: "carol", password: "a third one of them", groups: &[] };

/// A user of the local tenant with the connections of one test.
pub const DORA: User = User { name: "dora", password: "yet another of them", groups: &[] };

/// A user of the local tenant who changes how to sign in.
pub const ERIN: User = User { name: "erin", password: "the last one of them", groups: &[] };

/// A user of the local tenant who adds a passkey.
pub const FAYE: User = User { name: "faye", password: "one more of all these", groups: &[] };

/// The running system.
pub struct World {
    /// The host with local users.
    pub local: Flow,
    /// The host with a provider.
    pub federated: Flow,
    pub idp: Idp,
    pub server: Backend,
    _stack: Stack,
}

/// Returns the system, which is started once and shared by all tests.
pub async fn world() -> &'static World {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    WORLD.get_or_init(World::start).await
}

impl World {
    async fn start() -> Self {
        let server = Backend::start().await;
        let idp = Idp::start(&["http://127.0.0.1/oauth/callback"]).await;
        let local = Tenant::local("wiki", &server.url())
            .with("displayName: Company wiki")
            .with("offeredScopes: \"wiki:read, wiki:write, wiki:admin\"")
            .with("requiredScopes: wiki:read")
            .with("scopeDescriptions: \"wiki:read=Read every page, wiki:write=Change and delete pages\"")
            .with("allowedUsers: \"alice, carol, dora, erin, faye\"")
            .with("revocationFile: /mcpb/revoked")
            .with("personalTokens: 90");
        let federated = Tenant::local("code", &server.url()).with_provider(idp.provider());
        let stack = Stack::start(Plan {
            users: vec![ALICE, BOB, CAROL, DORA, ERIN, FAYE],
            files: vec![
                ("local.yml", deployed::host_tenant("localhost", &local)),
                ("federated.yml", deployed::host_tenant("127.0.0.1", &federated)),
            ],
            sidecar: vec![("BOUNCER_INTERNAL_ISSUERS", idp.issuer().to_owned())],
            shares: true,
            ..Plan::default()
        })
        .await;
        let at = |host: &str| Flow::new(&stack.http, &stack.at(host));
        let (local, federated) = (at("localhost"), at("127.0.0.1"));
        stack.ready(&[local.mcp(), federated.mcp()]).await;
        Self { local, federated, idp, server, _stack: stack }
    }
}

/// Registers a client with this redirect URI. Returns the URL at which a login of the client starts.
pub async fn authorize(tenant: &Flow, name: &str, redirect_uri: &str) -> String {
    let client = register(tenant, name, redirect_uri).await;
    tenant.authorize_url(&client, &[("redirect_uri", redirect_uri)])
}

/// Registers a client with this redirect URI. Returns its id.
pub async fn register(tenant: &Flow, name: &str, redirect_uri: &str) -> String {
    let metadata = json!({
        "client_name": name, "redirect_uris": [redirect_uri], "token_endpoint_auth_method": "none",
    });
    let answer = tenant.http.post_json(&tenant.endpoint("register"), &[], &metadata).await.expect(201);
    answer.json()["client_id"].as_str().expect("an id").to_owned()
}

/// Runs a script with Chromium and this plan. Returns the JSON lines that the script prints.
pub async fn in_chromium(script: &str, arguments: &[&str], plan: &Value) -> Vec<Value> {
    let directory = TempDir::new().expect("a temporary directory");
    let output = Program::new(script, paths::node())
        .arg(paths::of_tests(&format!("node/{script}.mjs")))
        .arg(paths::chromium())
        .args(arguments)
        .env("HOME", directory.path())
        // The script visits every page many times, so it takes longer than other programs.
        .run_within(4 * wait::DEADLINE, directory.path(), &plan.to_string())
        .await;
    process::json_lines(&output)
}
