//! Pages of docs/guides that are not about a provider. The tests run the text of the pages.

use e2e::backend::Backend;
use e2e::browser::Person;
use e2e::deployed::Provider;
use e2e::docker_api::Container;
use e2e::flow::Flow;
use e2e::guide::Page;
use e2e::idp::Idp;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, BOB};
use e2e::stack::{Form, Plan, Stack};
use serde_json::Value;

/// Logs in at each base, and calls the MCP server there.
async fn log_in(stack: &Stack, bases: &[String]) {
    stack.ready(&bases.iter().map(|base| format!("{base}/mcp")).collect::<Vec<_>>()).await;
    for base in bases {
        let flow = Flow::new(&stack.http, base);
        let tokens = flow.tokens("guides", Person::user(ALICE)).await;
        flow.call(&tokens.access).await.expect(200);
    }
}

#[test]
fn files_with_one_line() {
    run(async {
        let server = Backend::start().await;
        let page = Page::guide("files")
            .with("wiki.example.com", "localhost")
            .with("mcp.example.com", "127.0.0.1")
            .with("http://wiki:3001", &server.url())
            .with("http://docs:3001", &server.url());
        let files = ["wiki", "docs"].map(|name| page.block(&format!("file: {name}")).to_owned());
        let [wiki, docs] = files;
        let files = vec![("wiki.yml", wiki), ("docs.yml", docs)];
        let plan = Plan { users: vec![ALICE], form: Form::OneLabel, files, ..Plan::default() };
        let stack = Stack::start(plan).await;
        log_in(&stack, &[stack.at("localhost"), format!("{}/docs", stack.at("127.0.0.1"))]).await;
        // The prefix is removed after the plugin.
        let paths = server.requests().into_iter().map(|request| request.start).collect::<Vec<_>>();
        assert!(paths.iter().all(|start| start.starts_with("POST /mcp ")), "{paths:?}");
    });
}

/// With the variable that the page names, the sidecar sees the address of a client behind a proxy.
#[test]
fn behind_a_proxy_the_sidecar_sees_the_clients_address() {
    run(async {
        let server = Backend::start().await;
        let page = Page::guide("behind-a-proxy");
        let (name, depth) = page.block("variable: depth").split_once('=').expect("a variable");
        assert_eq!(name, "BOUNCER_CLIENT_IP_DEPTH");
        let wiki = Page::guide("files")
            .with("wiki.example.com", "localhost")
            .with("http://wiki:3001", &server.url());
        let files = vec![("wiki.yml", wiki.block("file: wiki").to_owned())];
        let sidecar = vec![("BOUNCER_CLIENT_IP_DEPTH", depth.to_owned())];
        let plan = Plan {
            users: vec![ALICE],
            form: Form::OneLabel,
            files,
            sidecar,
            trusts_peers: true,
            ..Plan::default()
        };
        let stack = Stack::start(plan).await;
        log_in(&stack, &[stack.at("localhost")]).await;
        let flow = Flow::new(&stack.http, &stack.at("localhost"));
        let forwarded = [("x-forwarded-for", "198.51.100.1, 203.0.113.9")];
        flow.http.post_form(&flow.endpoint("token"), &forwarded, &[("grant_type", "x")]).await;
        let log = stack.sidecar.log();
        assert!(log.contains("203.0.113.9") && !log.contains("198.51.100.1"), "{log}");
    });
}

#[test]
fn the_labels_of_a_service_in_a_swarm() {
    run(async {
        let server = Backend::start().await;
        let page = Page::guide("swarm").with("wiki.example.com", "localhost");
        let stack: Value = serde_saphyr::from_str(page.block("file: stack")).expect("YAML");
        let service = &stack["services"]["wiki"];
        let labels = service["deploy"]["labels"].as_array().expect("labels");
        let labels = labels.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let containers = vec![Container { name: "wiki".to_owned(), labels, url: server.url() }];
        let plan =
            Plan { users: vec![ALICE], form: Form::OneLabel, containers, is_swarm: true, ..Plan::default() };
        let stack = Stack::start(plan).await;
        log_in(&stack, &[stack.at("localhost")]).await;
    });
}

#[test]
fn the_labels_of_the_go_original() {
    run(async {
        let server = Backend::start().await;
        let idp = Idp::start(&["http://127.0.0.1/wiki/oauth/callback"]).await;
        let Provider::Oidc { issuer, client_id, client_secret } = idp.provider() else {
            panic!("it is a provider")
        };
        let page = Page::guide("migration")
            .with("mcp.example.com", "127.0.0.1")
            .with("https://id.example.com", &issuer)
            .with("clientID=wiki", &format!("clientID={client_id}"))
            .with("clientSecret=secret", &format!("clientSecret={client_secret}"));
        let labels = page.labels("labels: original");
        let containers = vec![Container { name: "wiki".to_owned(), labels, url: server.url() }];
        let sidecar = vec![("BOUNCER_INTERNAL_ISSUERS", issuer)];
        let stack = Stack::start(Plan { form: Form::OneLabel, containers, sidecar, ..Plan::default() }).await;
        log_in(&stack, &[format!("{}/wiki", stack.at("127.0.0.1"))]).await;
    });
}

/// A user who exceeds the limit is refused, whatever `X-Mcp-Sub` the client sends. Other users are not.
#[test]
fn the_labels_of_rate_limits_count_for_each_user() {
    run(async {
        let server = Backend::start().await;
        // The limit is one request a minute, so that no request is regained while the test runs.
        let page =
            Page::guide("rate-limits").with("wiki.example.com", "localhost").with("average=60", "average=1");
        let containers = vec![Container {
            name: "wiki".to_owned(),
            labels: page.labels("labels: limits"),
            url: server.url(),
        }];
        let plan = Plan { users: vec![ALICE, BOB], form: Form::OneLabel, containers, ..Plan::default() };
        let stack = Stack::start(plan).await;
        let base = stack.at("localhost");
        stack.ready(&[format!("{base}/mcp")]).await;
        let flow = Flow::new(&stack.http, &base);
        let [alice, bob] = [ALICE, BOB].map(|user| (user.name, Person::user(user)));
        let alice = flow.tokens(alice.0, alice.1).await.access;
        let bob = flow.tokens(bob.0, bob.1).await.access;
        let call = async |access: &str, spoofed: &str| {
            flow.call_at(&flow.mcp(), access, &[("x-mcp-sub", spoofed)]).await
        };
        for number in 0..20 {
            call(&alice, &format!("somebody-{number}")).await.expect(200);
        }
        let refused = call(&alice, "somebody-else").await.expect(429);
        assert!(refused.header("retry-after").parse::<u32>().is_ok(), "{refused:?}");
        call(&bob, "alice").await.expect(200);
        call(&alice, "bob").await.expect(429);
    });
}
