//! Programs without a user, through real Traefik: the SDKs' providers for the client credentials grant and for
//! enterprise-managed authorization, and the tokens of Kubernetes and GitHub Actions.

use e2e::browser::Person;
use e2e::clients::{Client, Kind};
use e2e::deployed::{self, Tenant};
use e2e::extensions::SDKS;
use e2e::flow::{Flow, claims};
use e2e::guide::Page;
use e2e::idp::Idp;
use e2e::machines::{AGENT, JWT_BEARER, agent, agent_config, keys};
use e2e::mcp_server::McpServer;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, BOB, add_client};
use e2e::stack::{Plan, Stack};
use e2e::wait;
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

/// A tenant with its own host, and a folder for a clients file.
struct World {
    stack: Stack,
    server: McpServer,
    folder: TempDir,
}

impl World {
    /// Starts a tenant on `localhost` with these options. The plugin reads these key files or, if there are none, the
    /// revocation list.
    async fn start(change: impl FnOnce(Tenant) -> Tenant, keys: Vec<(&'static str, String)>) -> Self {
        let server = McpServer::start().await;
        let tenant = change(Tenant::local("wiki", &server.url()));
        let tenant = tenant.with("offeredScopes: wiki:read, wiki:write");
        // The static configuration allows one mount: the keys, or the revocation list.
        let shares = keys.is_empty();
        let tenant = if shares { tenant.with("revocationFile: /mcpb/revoked") } else { tenant };
        let stack = Stack::start(Plan {
            users: vec![ALICE],
            files: vec![("wiki.yml", deployed::host_tenant("localhost", &tenant))],
            shares,
            keys,
            ..Plan::default()
        })
        .await;
        let world = Self { stack, server, folder: TempDir::new().expect("a temporary directory") };
        world.stack.ready(&[world.flow().mcp()]).await;
        world
    }

    fn flow(&self) -> Flow {
        Flow::new(&self.stack.http, &self.stack.at("localhost"))
    }

    fn clients_file(&self) -> PathBuf {
        self.folder.path().join("clients.json")
    }

    /// Restarts the sidecar with the clients file and these settings.
    async fn restart(&mut self, more: &[(&str, &str)]) {
        self.stack.sidecar.stop().await;
        self.stack.sidecar.set("BOUNCER_CLIENTS_FILE", &self.clients_file().display().to_string());
        for (name, value) in more {
            self.stack.sidecar.set(name, value);
        }
        self.stack.sidecar.resume().await;
    }

    /// Ends all grants of this subject, and waits until the plugin refuses `access`, a token of one of them.
    async fn end(&self, subject: &str, access: &str) {
        let ended = self.stack.sidecar.ask(&["grants", "end", "--user", subject, "--yes", "--json"]).await;
        assert!(ended.contains(subject), "{ended}");
        wait::until("the plugin refuses the ended token", async || {
            (!self.accepts(access).await).then_some(())
        })
        .await;
    }

    /// Whether the plugin forwards a request with this token. It does not matter how the MCP server responds.
    async fn accepts(&self, access: &str) -> bool {
        let answer = self.flow().call(access).await;
        assert!([200, 400, 401].contains(&answer.status.as_u16()), "{answer:?}");
        answer.status != 401
    }

    /// Whether the MCP server has received a request of this subject with these scopes.
    fn saw(&self, subject: &str, scopes: &str) -> bool {
        let told = |request: &e2e::wire::Message| {
            request.values("x-mcp-sub").join("") == subject
                && request.values("x-mcp-scopes").join("") == scopes
        };
        self.server.requests().iter().any(told)
    }
}

/// Both SDKs connect, get one token and call a tool. Then an administrator ends their grants, and they get another
/// token.
async fn sdks_get_along(world: &World, config: &Value, subject: &str) {
    let flow = world.flow();
    for kind in SDKS {
        let mut own = json!({"url": flow.mcp(), "issuer": flow.base, "scope": "wiki:read"});
        own.as_object_mut().expect("an object").extend(config.as_object().expect("an object").clone());
        let mut client = Client::machine(kind, &own, &world.stack.http);
        client.connect_alone().await;
        assert_eq!(client.call().await, 1, "{kind:?}: one token");
        let tokens = client.tokens().await;
        let access = tokens["access_token"].as_str().expect("a token").to_owned();
        let claims = claims(&access);
        assert_eq!((&claims["sub"], &claims["scope"]), (&json!(subject), &own["scope"]));
        assert_eq!(claims["aud"], flow.mcp(), "for the resource that the client asks for");
        assert!(tokens["refresh_token"].is_null(), "{tokens}");
        world.end(subject, &access).await;
        // Each instance of the plugin learns of the end within five seconds, at its own time.
        wait::until("the client gets another token", async || (client.call().await == 2).then_some(())).await;
        assert_eq!(client.asked, 0, "nobody had to log in");
    }
    let scopes = config["scope"].as_str().unwrap_or("wiki:read");
    assert!(world.saw(subject, scopes));
}

#[test]
fn sdk_clients_act_for_themselves_with_a_secret() {
    run(async {
        let mut world = World::start(|tenant| tenant, Vec::new()).await;
        let flow = world.flow();
        let arguments = ["--base", &flow.base, "--scope", "wiki:read", "--name", "Nightly build"];
        let added = add_client(&world.clients_file(), "nightly", &arguments).await;
        let secret = added["client_secret"].as_str().expect("a secret").to_owned();
        let file = std::fs::read_to_string(world.clients_file()).expect("the file");
        assert!(!file.contains(&secret), "the file has its hash");
        assert_eq!(added["token_endpoints"], json!([flow.endpoint("token")]));
        world.restart(&[]).await;
        let config = json!({"clientId": "nightly", "clientSecret": secret});
        sdks_get_along(&world, &config, "client:nightly").await;
        // A scope that the client may not have is refused, and so is every other client.
        let ask = async |id: &str, secret: &str, scope: &str| {
            let fields = [
                ("grant_type", "client_credentials"),
                ("client_id", id),
                ("client_secret", secret),
                ("scope", scope),
            ];
            let answer = world.stack.http.post_form(&flow.endpoint("token"), &[], &fields).await;
            (answer.status.as_u16(), answer.json()["error"].as_str().unwrap_or_default().to_owned())
        };
        assert_eq!(ask("nightly", &secret, "wiki:write").await, (400, "invalid_scope".to_owned()));
        assert_eq!(ask("nightly", "wrong", "wiki:read").await, (401, "invalid_client".to_owned()));
        let registered = flow.register("somebody").await;
        let fields = [("grant_type", "client_credentials"), ("client_id", registered.as_str())];
        let refused = world.stack.http.post_form(&flow.endpoint("token"), &[], &fields).await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()["error"].as_str()),
            (400, Some("unauthorized_client"))
        );
        // The operator removes the client from the file, without a restart. `clients remove` then ends its grants.
        let fields =
            [("grant_type", "client_credentials"), ("client_id", "nightly"), ("client_secret", &secret)];
        let last = world.stack.http.post_form(&flow.endpoint("token"), &[], &fields).await.expect(200).json();
        let access = last["access_token"].as_str().expect("a token");
        assert!(world.accepts(access).await);
        std::fs::write(world.clients_file(), r#"{"clients": []}"#).expect("the file");
        let gone = world.stack.http.post_form(&flow.endpoint("token"), &[], &fields).await;
        assert_eq!((gone.status.as_u16(), gone.json()["error"].as_str()), (401, Some("invalid_client")));
        assert!(world.accepts(access).await, "valid until it expires");
        world.stack.sidecar.ask(&["clients", "remove", "nightly", "--yes"]).await;
        wait::until("the plugin refuses the token of the removed client", async || {
            (!world.accepts(access).await).then_some(())
        })
        .await;
    });
}

#[test]
fn sdk_clients_act_for_themselves_with_a_key() {
    run(async {
        let mut world = World::start(|tenant| tenant, Vec::new()).await;
        let flow = world.flow();
        let key = keys("ES256", "", &[]).await;
        let file = world.folder.path().join("keys.json");
        std::fs::write(&file, key["jwks"].to_string()).expect("a file");
        let jwks = file.display().to_string();
        let arguments = ["--base", &flow.base, "--scope", "wiki:read", "--jwks", &jwks];
        let added = add_client(&world.clients_file(), "signer", &arguments).await;
        assert!(added.get("client_secret").is_none(), "{added}");
        world.restart(&[]).await;
        let config = json!({"clientId": "signer", "privateKey": key["privateKey"], "algorithm": "ES256"});
        sdks_get_along(&world, &config, "client:signer").await;
    });
}

#[test]
fn sdk_clients_act_for_a_user_whom_the_provider_asserts() {
    run(async {
        let idp = Idp::enterprise(&["http://localhost/oauth/callback"], AGENT).await;
        let provider = idp.provider();
        let change = |tenant: Tenant| {
            tenant
                .with_provider(provider)
                .with("enterpriseManaged: true")
                .with("allowedEmailDomains: example.com")
        };
        let mut world = World::start(change, Vec::new()).await;
        let flow = world.flow();
        let entry = agent(&flow.base);
        std::fs::write(world.clients_file(), json!({"clients": [&entry]}).to_string()).expect("the file");
        world.restart(&[("BOUNCER_INTERNAL_ISSUERS", idp.issuer())]).await;
        let config = |id_token: &str| {
            let mut config = agent_config(&idp, id_token);
            // The TypeScript SDK requests all scopes that the metadata list.
            config["scope"] = json!("wiki:read wiki:write");
            config
        };
        let id_token = idp.id_token(&world.stack.http, Person::user(ALICE)).await;
        sdks_get_along(&world, &config(&id_token), "alice").await;
        // The id_token itself is not accepted as an assertion.
        let fields = [
            ("grant_type", JWT_BEARER),
            ("assertion", id_token.as_str()),
            ("client_id", AGENT),
            ("client_secret", entry["client_secret"].as_str().expect("a secret")),
        ];
        let refused = world.stack.http.post_form(&flow.endpoint("token"), &[], &fields).await;
        assert_eq!((refused.status.as_u16(), refused.json()["error"].as_str()), (400, Some("invalid_grant")));
        // bob's address is not verified, so the tenant's rules refuse him as they do at a login.
        let id_token = idp.id_token(&world.stack.http, Person::user(BOB)).await;
        let mut own = config(&id_token);
        own["url"] = json!(flow.mcp());
        own["issuer"] = json!(flow.base);
        let mut client = Client::machine(Kind::ClientV2, &own, &world.stack.http);
        let error = client.try_connect_alone().await.expect_err("the rules refuse bob");
        assert!(error.contains("OAuthError"), "{error}");
        assert!(world.stack.sidecar.log().contains("\"user_refused\""), "{}", world.stack.sidecar.log());
    });
}

/// The options are those of the guide. The claims are those that the platforms write, signed by a key of the tests.
#[test]
fn listed_workloads_are_accepted_with_the_tokens_of_their_platform() {
    run(async {
        let base = "https://wiki.example.com";
        for (block, typ, subject, scopes, stranger) in [
            (
                "workloads-github",
                "JWT",
                "repo:acme/app:ref:refs/heads/main",
                "wiki:read wiki:write",
                "repo:acme/app:pull_request",
            ),
            (
                "workloads-kubernetes",
                "",
                "system:serviceaccount:ci:deployer",
                "wiki:write",
                "system:serviceaccount:default:default",
            ),
        ] {
            let labels = Page::guide("workloads").labels(&format!("labels: {block}"));
            let option = |name: &str| {
                let marker = format!(".{name}=");
                let label = labels.iter().find(|label| label.contains(&marker)).expect("the option");
                label.split_once(&marker).expect("a value").1.to_owned()
            };
            let issuer = option("jwksIssuer");
            let token = |sub: &str, aud: &str| {
                json!({
                    "iss": issuer, "sub": sub, "aud": [aud], "jti": "b6e0e3c6a0a4a399b110c9f5b1f6a5e",
                    "kubernetes.io": {"namespace": "ci", "serviceaccount": {"name": "deployer", "uid": "14ee3fa4"}},
                    "repository": "acme/app", "job_workflow_ref": "acme/app/.github/workflows/x.yml@refs/heads/main",
                })
            };
            let tokens =
                [token(subject, base), token(stranger, base), token(subject, "https://other.example")];
            let key = keys("RS256", typ, &tokens).await;
            let file = option("jwksFile");
            let name = if file.ends_with("github.json") { "github.json" } else { "cluster.json" };
            let change = |tenant: Tenant| {
                tenant
                    .with(&format!("audience: {base}"))
                    .with(&format!("jwksFile: {file}"))
                    .with(&format!("jwksIssuer: {issuer}"))
                    .with(&format!("workloads: \"{}\"", option("workloads")))
            };
            let world = World::start(change, vec![(name, key["jwks"].to_string())]).await;
            let accepted =
                async |number: usize| world.accepts(key["tokens"][number].as_str().expect("a token")).await;
            assert_eq!(
                [accepted(0).await, accepted(1).await, accepted(2).await],
                [true, false, false],
                "{block}"
            );
            assert!(world.saw(subject, scopes), "{block}");
            // Users still log in through the sidecar.
            let user = world.flow().tokens("a user", Person::user(ALICE)).await;
            assert!(world.accepts(&user.access).await, "{block}");
        }
    });
}
