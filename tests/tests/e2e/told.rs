//! What the MCP server is told about the user, with a real provider (`oidc-provider`): the options `identityHeaders`
//! and `upstreamToken`.

use e2e::backend::Backend;
use e2e::browser::Person;
use e2e::deployed::{self, Tenant};
use e2e::flow::{Flow, Tokens, claims};
use e2e::idp::Idp;
use e2e::paths;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, BOB};
use e2e::stack::{Plan, Stack};
use e2e::wire::Message;
use reqwest::Method;
use tokio::sync::OnceCell;

/// Two tenants of one provider: `localhost` passes the provider's token on, `127.0.0.1` does not.
struct Told {
    stack: Stack,
    backend: Backend,
    idp: Idp,
}

const HEADERS: &str =
    "identityHeaders: X-Mcp-Email=email, X-Mcp-Name=name, X-Mcp-Groups=groups, X-Mcp-Client=client";

impl Told {
    async fn start() -> Self {
        let backend = Backend::start().await;
        let idp = Idp::start(&["http://localhost/oauth/callback", "http://127.0.0.1/oauth/callback"]).await;
        let tenant = |name: &str| {
            Tenant::local(name, &backend.url())
                .with_provider(idp.provider())
                .with("scopes: openid, offline_access, groups")
                .with("offeredScopes: wiki:read")
                .with(HEADERS)
        };
        let stack = Stack::start(Plan {
            files: vec![
                (
                    "upstream.yml",
                    deployed::host_tenant(
                        "localhost",
                        &tenant("upstream").with("upstreamToken: Authorization"),
                    ),
                ),
                ("plain.yml", deployed::host_tenant("127.0.0.1", &tenant("plain"))),
            ],
            sidecar: vec![("BOUNCER_INTERNAL_ISSUERS", idp.issuer().to_owned())],
            ..Plan::default()
        })
        .await;
        let told = Self { stack, backend, idp };
        told.stack.ready(&["localhost", "127.0.0.1"].map(|host| told.at(host).mcp())).await;
        told
    }

    fn at(&self, host: &str) -> Flow {
        Flow::new(&self.stack.http, &self.stack.at(host))
    }

    /// Calls the MCP server, and returns the request as it arrived there.
    async fn arrived(&self, tenant: &Flow, access: &str, marker: &str, more: &[(&str, &str)]) -> Message {
        let url = format!("{}?{marker}", tenant.mcp());
        let answer = tenant.call_at(&url, access, more).await;
        let request = self.backend.requests_marked(marker).pop();
        request.unwrap_or_else(|| panic!("it did not arrive: {answer:?}"))
    }

    /// Returns the response of the provider's userinfo endpoint to a request with this header.
    async fn userinfo(&self, authorization: &str) -> serde_json::Value {
        let url = format!("{}/me", self.idp.issuer());
        let headers = [("authorization", authorization)];
        self.stack.http.send(Method::GET, &url, &headers, "").await.expect(200).json()
    }
}

async fn told() -> &'static Told {
    static TOLD: OnceCell<Told> = OnceCell::const_new();
    TOLD.get_or_init(Told::start).await
}

#[test]
fn the_mcp_server_is_told_who_calls() {
    run(async {
        let told = told().await;
        let tenant = told.at("127.0.0.1");
        for (person, email, name, groups) in [
            (ALICE, vec!["alice@example.com"], "Alice Example", vec![r#"["staff"]"#]),
            // The provider does not verify bob's address, and bob has no groups.
            (BOB, vec![], "Bob Example", vec![]),
        ] {
            let held = tenant.tokens("told", Person::user(person)).await;
            let marker = format!("told-{}-end", person.name);
            // The client's own headers are removed even if no value replaces them.
            let spoofed = [("X-Mcp-Email", "eve@example.com"), ("x_mcp_groups", "[\"root\"]")];
            let request = told.arrived(&tenant, &held.access, &marker, &spoofed).await;
            assert_eq!(request.values("x-mcp-sub"), [person.name], "{request:?}");
            assert_eq!(request.values("x-mcp-email"), email, "{request:?}");
            assert_eq!(request.values("x-mcp-name"), [name], "{request:?}");
            assert_eq!(request.values("x-mcp-groups"), groups, "{request:?}");
            assert_eq!(request.values("x-mcp-client"), [held.client_id.as_str()], "{request:?}");
            assert!(request.values("x_mcp_groups").is_empty() && request.values("authorization").is_empty());
            // The client's token shows none of these values.
            let mut shown = claims(&held.access);
            assert!(shown.as_object_mut().expect("claims").remove("mcpb_box").is_some());
            for secret in ["example.com", "Example", "staff"] {
                assert!(!shown.to_string().contains(secret), "{shown}");
            }
        }
    });
}

#[test]
fn the_mcp_server_can_call_the_provider_as_the_user() {
    run(async {
        let told = told().await;
        let tenant = told.at("localhost");
        let mut held = tenant.tokens("upstream", Person::user(ALICE)).await;
        let mut tokens = Vec::new();
        for round in 0..3 {
            let request = told.arrived(&tenant, &held.access, &format!("upstream-{round}-end"), &[]).await;
            let sent = request.values("authorization");
            let [authorization] = sent.as_slice() else { panic!("one header: {request:?}") };
            let token = authorization.strip_prefix("Bearer ").expect("a bearer token");
            assert_eq!(told.userinfo(authorization).await["sub"], "alice");
            assert_eq!(request.values("x-mcp-email"), ["alice@example.com"]);
            assert!(!held.access.contains(token), "the client does not see it");
            assert!(!claims(&held.access).to_string().contains(token));
            tokens.push(token.to_owned());
            let answer = tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
            assert!(!answer.body.contains(token), "{answer:?}");
            held = Tokens::of(held.client_id, &answer);
        }
        tokens.dedup();
        assert_eq!(tokens.len(), 3, "each refresh asked the provider");
        let log = told.stack.sidecar.log();
        assert!(tokens.iter().all(|token| !log.contains(token.as_str())), "the log does not have it");
    });
}

/// The decoders of the guide run as they are printed there.
#[test]
fn the_decoders_of_the_guide_read_what_the_plugin_writes() {
    const GUIDE: &str = include_str!("../../../docs/guides/identity.md");
    let block = |mark: &str| {
        let (_, rest) = GUIDE.split_once(&format!("<!-- {mark} -->\n")).expect("the mark");
        rest.split("```").nth(1).and_then(|block| block.split_once('\n')).expect("a block").1.to_owned()
    };
    let texts = r#"["Ann Berg", "=?base64?SsOkZ2Vy?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="]"#;
    let groups = r#"["a,b","\\u00e4","\\""]"#;
    let expected = r#"[["Ann Berg","J\u00e4ger","=?base64?YQ==?="],["a,b","\u00e4","\""],[]]"#;
    let python = format!(
        "{}\nprint(json.dumps([[identity_text(t) for t in json.loads('{texts}')], identity_groups('{groups}'), identity_groups(None)]))",
        block("python")
    );
    let script = format!(
        "{}\nconsole.log(JSON.stringify([{texts}.map(identityText), identityGroups('{groups}'), identityGroups(undefined)]))",
        block("javascript")
    );
    for (program, flag, code) in [(paths::python(), "-c", python), (paths::node(), "-e", script)] {
        let output = std::process::Command::new(program).args([flag, &code]).output().expect("it runs");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let read: serde_json::Value =
            serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed} {errors}"));
        assert_eq!(read, serde_json::from_str::<serde_json::Value>(expected).expect("JSON"));
    }
}
