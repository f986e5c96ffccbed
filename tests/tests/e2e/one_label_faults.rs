//! Faults where the sidecar is one of Traefik's providers. What is wrong is closed, reported once, and served again
//! when it is repaired.

use std::time::Instant;

use e2e::browser::Person;
use e2e::docker_api::Container;
use e2e::flow::Flow;
use e2e::mcp_server::McpServer;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Form, Plan, Stack};
use e2e::wait;

/// Returns a container with this rule and more labels.
fn container(name: &str, rule: &str, more: &[&str], url: &str) -> Container {
    let mut labels =
        vec!["traefik.enable=true".to_owned(), format!("traefik.http.routers.{name}.rule={rule}")];
    labels.extend(more.iter().map(|label| format!("traefik.http.{}", label.replace("NAME", name))));
    Container { name: name.to_owned(), labels, url: url.to_owned() }
}

const ONE_LABEL: &str = "routers.NAME.middlewares=mcp-auth@http";

async fn stack(containers: Vec<Container>, sidecar: Vec<(&'static str, String)>) -> Stack {
    Stack::start(Plan { users: vec![ALICE], form: Form::OneLabel, containers, sidecar, ..Plan::default() })
        .await
}

/// Returns how many warnings in the sidecar's log name this reason.
fn named(stack: &Stack, reason: &str) -> usize {
    stack.sidecar.log().lines().filter(|line| line.contains("\"WARN\"") && line.contains(reason)).count()
}

async fn is_named(stack: &Stack, reason: &str) {
    wait::until(&format!("{reason} is in the log"), async || (named(stack, reason) > 0).then_some(())).await;
}

async fn registers(flow: &Flow) -> bool {
    let answer = flow.http.get(&flow.endpoint("jwks.json")).await;
    answer.status == 200 && answer.body.contains("\"keys\"")
}

async fn is_served(flow: &Flow, served: bool) {
    let what = format!("{} is {}", flow.base, if served { "served" } else { "closed" });
    wait::until(&what, async || (registers(flow).await == served).then_some(())).await;
}

/// Asserts that nobody gets through without a token, whatever state the routers are in.
async fn stays_closed(flow: &Flow, server: &McpServer) {
    let before = server.requests().len();
    for path in ["/mcp", "/oauth/token", "/oauth/register", "/", "/.well-known/oauth-protected-resource"] {
        flow.http.post_form(&format!("{}{path}", flow.base), &[], &[("a", "b")]).await;
    }
    assert_eq!(server.requests().len(), before, "a request without a token reached the MCP server");
}

#[test]
fn a_rule_that_cannot_be_understood_is_closed_until_it_is_mended() {
    run(async {
        let server = McpServer::start().await;
        let good = container("good", "Host(`127.0.0.1`)", &[ONE_LABEL], &server.url());
        let bad = |rule: &str| container("bad", rule, &[ONE_LABEL], &server.url());
        let stack = stack(vec![good.clone(), bad("HostRegexp(`^localhost$`)")], vec![]).await;
        let docker = stack.docker.as_ref().expect("labels are read");
        let flow = Flow::new(&stack.http, &stack.at("localhost"));
        stack.ready(&[format!("{}/mcp", stack.at("127.0.0.1"))]).await;
        stack.routed(&[flow.mcp()]).await;
        for (rule, reason) in [
            ("HostRegexp(`^localhost$`)", "rule_hosts"),
            ("Host(`localhost`) && (PathPrefix(`/mcp`) || PathPrefix(`/other`))", "rule_path"),
            ("Host(`localhost`) && !PathPrefix(`/admin`)", "rule_path"),
        ] {
            docker.replace(vec![good.clone(), bad(rule)]);
            is_named(&stack, reason).await;
            is_served(&flow, false).await;
            stays_closed(&flow, &server).await;
        }
        docker.replace(vec![good, bad("Host(`localhost`)")]);
        is_served(&flow, true).await;
        flow.tokens("mended", Person::user(ALICE)).await;
        assert_eq!(named(&stack, "rule_hosts"), 1, "logged once: {}", stack.sidecar.log());
    });
}

#[test]
fn a_label_author_who_claims_anothers_base_closes_it_and_gets_nothing() {
    run(async {
        let server = McpServer::start().await;
        let victim = container("victim", "Host(`localhost`)", &[ONE_LABEL], &server.url());
        let claimant = container(
            "claimant",
            "Host(`localhost`) && PathPrefix(`/`)",
            &[
                "routers.NAME.middlewares=claim",
                "routers.NAME.priority=5000",
                "middlewares.claim.plugin.mcpbouncer.pathPrefix=",
                "middlewares.claim.plugin.mcpbouncer.providerIssuer=https://accounts.evil.example",
                "middlewares.claim.plugin.mcpbouncer.clientID=c",
            ],
            &server.url(),
        );
        let stack = stack(vec![victim.clone()], vec![]).await;
        let docker = stack.docker.as_ref().expect("labels are read");
        let flow = Flow::new(&stack.http, &stack.at("localhost"));
        stack.ready(&[flow.mcp()]).await;
        let tokens = flow.tokens("victim", Person::user(ALICE)).await;
        docker.replace(vec![victim.clone(), claimant]);
        is_named(&stack, "two_tenants").await;
        is_served(&flow, false).await;
        // The claimant's plugin does not accept the victim's token, which belongs to the other tenant.
        flow.call(&tokens.access).await.expect(401);
        stays_closed(&flow, &server).await;
        docker.replace(vec![victim]);
        is_served(&flow, true).await;
        assert_ne!(flow.call(&tokens.access).await.status, 401);
    });
}

#[test]
fn a_stopped_sidecar_and_a_restart_change_nothing_for_those_who_have_tokens() {
    run(async {
        let server = McpServer::start().await;
        let wiki = container("wiki", "Host(`localhost`)", &[ONE_LABEL], &server.url());
        let mut stack = stack(vec![wiki], vec![]).await;
        let flow = Flow::new(&stack.http, &stack.at("localhost"));
        stack.ready(&[flow.mcp()]).await;
        let tokens = flow.tokens("before", Person::user(ALICE)).await;
        stack.sidecar.stop().await;
        // Traefik keeps its routers, and the plugin answers instead of the sidecar.
        assert_ne!(flow.call(&tokens.access).await.status, 401);
        let answer = flow.http.get(&flow.endpoint("jwks.json")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("retry-after").is_empty()),
            (503, false),
            "{answer:?}"
        );
        stays_closed(&flow, &server).await;
        stack.sidecar.resume().await;
        is_served(&flow, true).await;
        flow.tokens("after", Person::user(ALICE)).await;
    });
}

/// A Traefik whose API the sidecar cannot read at the start has no routers for OAuth. The protected router is closed,
/// because Traefik does not know the middleware that it names.
#[test]
fn a_traefik_without_an_api_stays_closed_until_it_is_started_with_one() {
    run(async {
        let server = McpServer::start().await;
        let wiki = container("wiki", "Host(`localhost`)", &[ONE_LABEL], &server.url());
        let mut stack = stack(vec![wiki], vec![]).await;
        stack.ready(&[format!("{}/mcp", stack.at("localhost"))]).await;
        stack.restart_traefik(|text| text.replace("api:\n  insecure: true\n", "")).await;
        is_named(&stack, "traefik_api").await;
        let flow = Flow::new(&stack.http, &stack.at("localhost"));
        assert_eq!(flow.http.get(&flow.mcp()).await.status, 404);
        stays_closed(&flow, &server).await;
        assert_eq!(named(&stack, "traefik_api"), 1, "logged once: {}", stack.sidecar.log());
        stack.restart_traefik(str::to_owned).await;
        let flow = Flow::new(&stack.http, &stack.at("localhost"));
        is_served(&flow, true).await;
        flow.tokens("again", Person::user(ALICE)).await;
    });
}

#[test]
fn a_router_past_the_plugin_is_closed_where_the_operator_says_so() {
    run(async {
        let server = McpServer::start().await;
        let guarded =
            container("wiki", "Host(`localhost`) && PathPrefix(`/mcp`)", &[ONE_LABEL], &server.url());
        let open =
            container("open", "Host(`localhost`)", &["routers.NAME.service=wiki@docker"], &server.url());
        let stack = stack(vec![guarded, open], vec![("BOUNCER_BARE_ROUTERS", "block".to_owned())]).await;
        stack.ready(&[format!("{}/mcp/mcp", stack.at("localhost"))]).await;
        let url = format!("{}/anything", stack.at("localhost"));
        wait::until("the open router is blocked", async || {
            (stack.http.get(&url).await.status == 403).then_some(())
        })
        .await;
        let flow = Flow::new(&stack.http, &format!("{}/mcp", stack.at("localhost")));
        let tokens = flow.tokens("guarded", Person::user(ALICE)).await;
        assert_ne!(flow.call(&tokens.access).await.status, 403);
        assert_eq!(named(&stack, "bare_router_blocked"), 1, "{}", stack.sidecar.log());
    });
}

/// Returns how many times Traefik has loaded a configuration of the sidecar.
fn taken_over(stack: &Stack) -> usize {
    let log = stack.traefik.log();
    log.lines().filter(|line| line.contains("Configuration received") && line.contains("http")).count()
}

/// The test prints the size of the response, and the time until the last server is served.
#[test]
#[expect(clippy::disallowed_methods, reason = "the time is what is measured")]
fn a_hundred_servers_are_served_and_polls_without_a_change_reload_nothing() {
    run(async {
        let server = McpServer::start().await;
        let one = |n: usize| {
            container(&format!("s{n}"), &format!("Host(`s{n}.localhost`)"), &[ONE_LABEL], &server.url())
        };
        let count = 100;
        let started = Instant::now();
        let stack = Stack::start(Plan {
            users: vec![ALICE],
            form: Form::OneLabel,
            containers: (0..count).map(one).collect(),
            verbose: true,
            ..Plan::default()
        })
        .await;
        let flow = |n: usize| Flow::new(&stack.http, &stack.at(&format!("s{n}.localhost")));
        for n in 0..count {
            is_served(&flow(n), true).await;
        }
        let url = format!("{}/traefik", stack.sidecar.ops_url());
        let poll = async || reqwest::get(&url).await.expect("a poll").text().await.expect("a body");
        let first = poll().await;
        println!("{count} servers: {} bytes, all served after {:?}", first.len(), started.elapsed());
        assert!(first.len() < 50_000, "{} bytes", first.len());
        let before = taken_over(&stack);
        // This takes longer than many of Traefik's polls, of which there are ten a second.
        for _ in 0..50 {
            assert_eq!(poll().await, first);
        }
        let added = Instant::now();
        stack.docker.as_ref().expect("labels are read").replace((0..=count).map(one).collect());
        is_served(&flow(count), true).await;
        println!("one more is served after {:?}", added.elapsed());
        let after = taken_over(&stack);
        assert!(before > 0 && after > before, "the log names them: {before}, {after}");
        assert!(after <= before + 2, "{before} before, {after} after one change");
    });
}
