//! Logins in a real Chromium: in several tabs at once, and behind a proxy that makes browsers send `Origin: null`.

use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::mcp_server::McpServer;
use e2e::process::Program;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};
use e2e::{paths, process};
use serde_json::Value;
use tempfile::TempDir;

use crate::shared;

/// Opens a tab for each URL, and logs alice in, one step in each tab in turn.
async fn in_tabs(urls: &[String]) -> Value {
    let directory = TempDir::new().expect("a temporary directory");
    let mut program = Program::new("chromium", paths::node())
        .arg(paths::of_tests("node/tabs.mjs"))
        .arg(paths::chromium())
        .env("HOME", directory.path());
    for url in urls {
        program = program.arg(url);
    }
    let input = format!("{}\n{}\n", ALICE.name, ALICE.password);
    let output = program.run(directory.path(), &input).await;
    process::json_lines(&output).pop().expect("a result")
}

/// Returns an authorization URL of a tenant with this `state`.
async fn authorize(tenant: &Flow, state: &str) -> String {
    let client = tenant.register(state).await;
    let url: url::Url = tenant.authorize_url(&client, &[]).parse().expect("a URL");
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != "state")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut own = url.clone();
    own.query_pairs_mut().clear().extend_pairs(pairs).append_pair("state", state);
    own.into()
}

/// Asserts that each tab ended at its own client, with a code.
#[track_caller]
fn ended_well(result: &Value, expected: &[(&str, &str)]) {
    let ended = result["ended"].as_array().expect("a list");
    assert_eq!(ended.len(), expected.len(), "{result}");
    for (url, (state, issuer)) in ended.iter().zip(expected) {
        let url: url::Url = url.as_str().expect("text").parse().expect("a URL");
        let parameter =
            |name: &str| url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned());
        assert_eq!(url.path(), "/callback", "{result}");
        assert_eq!(parameter("state").as_deref(), Some(*state), "{result}");
        assert_eq!(parameter("iss").as_deref(), Some(*issuer), "{result}");
        assert!(parameter("code").is_some(), "{result}");
    }
}

/// Two logins with a password at one tenant, and one with a provider at another tenant of the same host.
#[test]
fn three_logins_in_three_tabs_of_chromium_each_end_at_their_own_client() {
    run(async {
        let served = shared::local().await;
        let at = |place: &str| {
            Flow::new(&served.stack.http, served.url(place).strip_suffix("/mcp").expect("an MCP URL"))
        };
        let (docs, code) = (at("docs"), at("code"));
        let urls = [
            authorize(&docs, "first").await,
            authorize(&code, "federated").await,
            authorize(&docs, "second").await,
        ];
        let result = in_tabs(&urls).await;
        ended_well(&result, &[("first", &docs.base), ("federated", &code.base), ("second", &docs.base)]);
    });
}

/// A hardened proxy adds `Referrer-Policy: no-referrer` to every response; Chromium then sends `Origin: null` with our
/// forms, and `Sec-Fetch-Site: same-origin`.
#[test]
fn forms_are_accepted_behind_a_proxy_that_sets_no_referrer() {
    run(async {
        let server = McpServer::start().await;
        let text = deployed::host_tenant("localhost", &Tenant::local("wiki", &server.url()));
        let text = text
            .replace(
                "  middlewares:\n",
                "  middlewares:\n    hardened: { headers: { referrerPolicy: no-referrer } }\n",
            )
            .replace("[mcpb-route, wiki-mcp]", "[hardened, mcpb-route, wiki-mcp]");
        let plan = Plan { users: vec![ALICE], files: vec![("wiki.yml", text)], ..Plan::default() };
        let stack = Stack::start(plan).await;
        let tenant = Flow::new(&stack.http, &stack.at("localhost"));
        stack.ready(&[tenant.mcp()]).await;
        let result = in_tabs(&[authorize(&tenant, "hidden").await]).await;
        ended_well(&result, &[("hidden", &tenant.base)]);
        let posts = result["posts"].as_array().expect("a list");
        assert_eq!(posts.len(), 2, "a password and a consent: {result}");
        for post in posts {
            assert_eq!(
                (post["origin"].as_str(), post["site"].as_str()),
                (Some("null"), Some("same-origin")),
                "{post}"
            );
        }
    });
}
