//! Personal access tokens through real Traefik: they are made on the page or by a command, used by an SDK without
//! OAuth, and refused within five seconds after they ended.

use std::time::Duration;

use e2e::browser::{Browser, Person};
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::html;
use e2e::http::Answer;
use e2e::mcp_server::McpServer;
use e2e::process::{self, Program};
use e2e::runtime::run;
use e2e::sidecar::{ALICE, BOB};
use e2e::stack::{Plan, Stack};
use e2e::{paths, wait};
use tempfile::TempDir;

/// The time within which the plugin refuses a token that has ended.
const SOON: Duration = Duration::from_secs(5);

/// Starts one tenant with personal access tokens, and one without that reads the list, too. Commands can reach the
/// sidecar.
async fn stack() -> (Stack, McpServer) {
    let server = McpServer::start().await;
    let tenant = |name| Tenant::local(name, &server.url()).with("revocationFile: /mcpb/revoked");
    let docs = tenant("docs").with("personalTokens: 90").with("offeredScopes: \"docs:read, docs:write\"");
    let plan = Plan {
        users: vec![ALICE, BOB],
        files: vec![("paths.yml", deployed::path_tenants("localhost", &docs, &tenant("code")))],
        shares: true,
        ..Plan::default()
    };
    let mut stack = Stack::start(plan).await;
    let at = stack.at("localhost");
    stack.ready(&[format!("{at}/docs/mcp"), format!("{at}/code/mcp")]).await;
    let operations = stack.sidecar.ops_url();
    stack.sidecar.set("BOUNCER_METRICS_ADDR", operations.trim_start_matches("http://"));
    (stack, server)
}

/// Makes a token on the connections page, as a person does, and returns it.
async fn made(browser: &mut Browser, docs: &Flow, name: &str, person: Person<'_>) -> String {
    browser.connections(&docs.base, person).await.expect(200);
    let url = format!("{}/oauth/connections?view=new-token", docs.base).parse().expect("a URL");
    let page = browser.open(&url).await.expect(200);
    let form = html::forms(&page.body).into_iter().find(|form| form.has("once")).expect("the form");
    let unticked = |(name, value): &(String, String)| name.starts_with("scope-") && value != "docs:read";
    let mut fields: Vec<_> = form.fields.into_iter().filter(|field| !unticked(field)).collect();
    fields.retain(|(own, _)| own != "name");
    fields.push(("name".to_owned(), name.to_owned()));
    let shown = browser.submit(&page.url, &form.action, &fields).await.expect(200);
    token_on(&shown)
}

fn token_on(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("id=\"token\" translate=\"no\">").expect("a token");
    rest.split_once('<').expect("its end").0.to_owned()
}

/// Returns what an SDK client with this token gets from a tool: the text, or the error.
async fn with_sdk(docs: &Flow, token: &str) -> Result<String, String> {
    let directory = TempDir::new().expect("a temporary directory");
    let output = Program::new("static-token", paths::node())
        .arg(paths::of_tests("node/static-token.mjs"))
        .arg(docs.mcp())
        .env("TOKEN", token)
        .run_within(wait::DEADLINE, directory.path(), "")
        .await;
    let line = process::json_lines(&output).pop().expect("a line");
    match line["text"].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(line["error"].as_str().expect("an error").to_owned()),
    }
}

async fn refused_soon(tenant: &Flow, token: &str) {
    wait::until_within(SOON, "the plugin refuses the token", async || {
        (tenant.call(token).await.status == 401).then_some(())
    })
    .await;
}

#[test]
fn a_token_of_the_page_calls_a_tool_until_it_is_ended_there() {
    run(async {
        let (stack, server) = stack().await;
        let docs = Flow::new(&stack.http, &format!("{}/docs", stack.at("localhost")));
        let code = Flow::new(&stack.http, &format!("{}/code", stack.at("localhost")));
        let mut browser = Browser::new(&stack.http);
        let person = Person::user(ALICE);
        let token = made(&mut browser, &docs, "Nightly build", person).await;
        let kept = made(&mut browser, &docs, "Editor", person).await;
        assert!(token.starts_with("mcpbp_ey"), "{token}");
        assert_eq!(with_sdk(&docs, &token).await, Ok("Echo: hello".to_owned()));
        let requests = server.requests();
        let own: Vec<_> = requests.iter().filter(|request| request.start.starts_with("POST ")).collect();
        for request in &own {
            assert_eq!(request.values("x-mcp-sub"), ["alice"], "{request:?}");
            assert_eq!(request.values("x-mcp-scopes"), ["docs:read"], "{request:?}");
            assert!(request.values("authorization").is_empty(), "{request:?}");
        }
        assert!(!own.is_empty());

        // Without its prefix, or at the other tenant, the token is refused.
        docs.call(token.strip_prefix("mcpbp_").expect("a prefix")).await.expect(401);
        code.call(&token).await.expect(401);

        // After rotations of the keys of either kind, the token still works.
        for _ in 0..2 {
            stack.sidecar.command(&["keys", "rotate", "--yes"]).await;
        }
        assert_eq!(with_sdk(&docs, &token).await, Ok("Echo: hello".to_owned()));
        let after = made(&mut browser, &docs, "After the rotation", person).await;
        assert_eq!(with_sdk(&docs, &after).await, Ok("Echo: hello".to_owned()));

        let url = format!("{}/oauth/connections?view=tokens", docs.base).parse().expect("a URL");
        let list = browser.open(&url).await.expect(200);
        assert!(list.body.contains("Nightly build") && list.body.contains("Editor"), "{}", list.body);
        let grant = e2e::flow::claims(&token)["jti"].as_str().expect("a jti")[..22].to_owned();
        let forms = html::forms(&list.body);
        let of_token = |form: &&html::Form| {
            let has = |value: &str| form.fields.iter().any(|(_, own)| own == value);
            has("end_token") && has(&grant)
        };
        let form = forms.iter().find(of_token).expect("the form");
        let ended = browser.submit(&list.url, &form.action, &form.fields).await.expect(303);
        let next = list.url.join(ended.header("location")).expect("a URL");
        let list = browser.open(&next).await.expect(200);
        assert!(list.body.contains("id=\"done\"") && !list.body.contains("Nightly build"), "{}", list.body);
        refused_soon(&docs, &token).await;
        let error = with_sdk(&docs, &token).await.expect_err("it has ended");
        assert!(
            error.contains("401") || error.contains("nauthorized") || error.contains("invalid_token"),
            "{error}"
        );
        assert_eq!(with_sdk(&docs, &kept).await, Ok("Echo: hello".to_owned()));
    });
}

#[test]
fn an_operator_makes_lists_and_ends_tokens_by_command() {
    run(async {
        let (mut stack, _server) = stack().await;
        let docs = Flow::new(&stack.http, &format!("{}/docs", stack.at("localhost")));
        let create = [
            "tokens",
            "create",
            "--user",
            "alice",
            "--base",
            &docs.base,
            "--name",
            "ci",
            "--scope",
            "docs:read",
        ];
        // The sidecar learns a tenant's options from the tenant's requests.
        stack.http.get(&docs.endpoint("connections")).await;
        let token = stack.sidecar.command(&create).await;
        let token = token.trim();
        assert!(token.starts_with("mcpbp_") && !token.contains(char::is_whitespace), "{token}");
        assert_eq!(with_sdk(&docs, token).await, Ok("Echo: hello".to_owned()));
        let listed = stack.sidecar.command(&["tokens", "list", "--user", "alice"]).await;
        assert!(listed.contains(" ci ") && listed.contains("docs:read"), "{listed}");
        let json = stack.sidecar.command(&["tokens", "list", "--json"]).await;
        let json: serde_json::Value =
            serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
        let id = json["tokens"][0]["id"].as_str().expect("an id").to_owned();
        let mut failing = stack.sidecar.begin(&[
            "tokens", "create", "--user", "bob", "--base", &docs.base, "--name", "x", "--scope", "other",
        ]);
        assert_eq!(failing.ended().await.code(), Some(1));
        assert!(failing.stderr().contains("not entitled to the scope"), "{}", failing.stderr());
        let ended = stack.sidecar.command(&["tokens", "end", &id, "--yes"]).await;
        assert_eq!(ended, "1 personal access token ended\n");
        refused_soon(&docs, token).await;
    });
}

#[test]
fn disabling_a_user_ends_personal_tokens() {
    run(async {
        let (stack, _server) = stack().await;
        let docs = Flow::new(&stack.http, &format!("{}/docs", stack.at("localhost")));
        let alice = made(&mut Browser::new(&stack.http), &docs, "of Alice", Person::user(ALICE)).await;
        let bob = made(&mut Browser::new(&stack.http), &docs, "of Bob", Person::user(BOB)).await;
        let said = stack.sidecar.command(&["users", "disable", "alice"]).await;
        assert_eq!(said, "user alice is disabled; grants ended: 1\n");
        refused_soon(&docs, &alice).await;
        assert_eq!(with_sdk(&docs, &bob).await, Ok("Echo: hello".to_owned()));
    });
}
