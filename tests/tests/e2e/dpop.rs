//! Tokens that are bound to a key of the client (DPoP): a real client library through Traefik.

use std::collections::BTreeMap;
use std::io::Write as _;

use e2e::backend::Backend;
use e2e::browser::{Browser, Outcome, Person};
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::paths;
use e2e::process::Program;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};
use serde_json::{Value, json};

/// Runs the client; returns what it printed of each step.
async fn client(tenant: &Flow, algorithm: &str) -> BTreeMap<String, Value> {
    let directory = tempfile::tempdir().expect("a folder");
    let script = paths::of_tests("node/dpop.mjs");
    let program = Program::new("dpop", paths::node()).arg(script).arg(tenant.mcp()).arg(algorithm);
    let (mut process, mut input) = program.start_with_input(directory.path());
    let lines = |out: &str| -> Vec<Value> {
        out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    };
    let url = process
        .wait_for("asks for a login", |out, _| {
            lines(out).iter().find_map(|line| Some(line["authorize"].as_str()?.to_owned()))
        })
        .await;
    match Browser::new(&tenant.http).log_in(&url, Person::user(ALICE)).await {
        Outcome::Callback(callback) => writeln!(input, "{callback}").expect("it reads"),
        Outcome::Page(page) => panic!("{page:?}"),
    }
    process.ended().await;
    let lines = lines(&process.stdout());
    assert!(lines.iter().any(|line| line["done"] == true), "{lines:?}\n{}", process.stderr());
    let steps = lines.into_iter().filter_map(|line| Some((line["step"].as_str()?.to_owned(), line.clone())));
    steps.collect()
}

/// A tenant at this host with these options, as a file for Traefik.
fn tenant(host: &str, name: &str, url: &str, options: &[&str]) -> String {
    let options = options.iter().map(|option| (*option).to_owned()).collect();
    deployed::host_tenant(host, &Tenant { options, ..Tenant::local(name, url) })
}

#[test]
fn a_client_with_a_key_of_its_own() {
    run(async {
        let server = Backend::start().await;
        let optional = tenant("localhost", "optional", &server.url(), &["dpop: optional"]);
        let required = tenant("127.0.0.1", "required", &server.url(), &["dpop: required", "dpopNonce: true"]);
        let files = vec![("optional.yml", optional), ("required.yml", required)];
        let stack = Stack::start(Plan { users: vec![ALICE], files, ..Plan::default() }).await;
        let tenants = ["localhost", "127.0.0.1"].map(|host| Flow::new(&stack.http, &stack.at(host)));
        stack.ready(&tenants.each_ref().map(Flow::mcp)).await;
        for (tenant, is_required, algorithm) in
            [(&tenants[0], false, "Ed25519"), (&tenants[1], true, "ES256")]
        {
            let steps = client(tenant, algorithm).await;
            assert_eq!(steps["metadata"]["algorithms"], json!(["ES256", "EdDSA"]));
            assert_eq!(steps["metadata"]["required"], is_required);
            assert_eq!(steps.contains_key("nonce"), is_required, "{steps:?}");
            for step in ["tokens", "refreshed"] {
                assert_eq!(steps[step]["type"], "dpop", "{step}");
            }
            assert_eq!(steps["called"]["status"], 200);
            assert_eq!(steps["userinfo"]["sub"], "alice");
            for (step, error) in [
                ("stolen", "invalid_token"),
                ("without proof", "invalid_dpop_proof"),
                ("replayed", "invalid_dpop_proof"),
            ] {
                let challenge = steps[step]["challenge"].as_str().unwrap_or_default();
                assert_eq!(steps[step]["status"], 401, "{step}: {steps:?}");
                assert!(challenge.contains(&format!("error=\"{error}\"")), "{step}: {challenge}");
            }
            assert_eq!(steps["stolen refresh token"]["error"], "invalid_grant");
        }
        // The MCP server sees neither the token nor the proof.
        for request in server.requests() {
            let sees = |name: &str| request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
            assert!(!sees("authorization") && !sees("dpop"), "{request:?}");
        }
        // A bearer token is refused where bound ones are required.
        let (open, strict) = (&tenants[0], &tenants[1]);
        let bearer = open.tokens("bearer", Person::user(ALICE)).await.access;
        open.call(&bearer).await.expect(200);
        let answer = strict.http.send(reqwest::Method::POST, &strict.mcp(), &[], "{}").await.expect(401);
        assert!(answer.header("www-authenticate").starts_with("DPoP "), "{answer:?}");
    });
}
