//! Traces. One trace leads from the client through Traefik and the sidecar to the provider. A broken collector delays
//! nobody. No span holds a secret.

use std::time::Duration;

use e2e::browser::{Browser, Decides, Outcome, Person};
use e2e::collector::{Collector, Span};
use e2e::deployed::{self, Provider, Tenant};
use e2e::flow::Flow;
use e2e::idp::Idp;
use e2e::mcp_server::McpServer;
use e2e::ports::Held;
use e2e::process::json_lines;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};
use e2e::wait;
use tokio::time::timeout;

/// The client's own trace and span.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLIENT: &str = "00f067aa0ba902b7";
const SIDECAR: &str = "mcpbouncer-of-the-tests";
const AT_IDP: Person<'static> =
    Person { name: "alice", password: "canary-password", decides: Decides::Approve };

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-{CLIENT}-{flags}")
}

/// Returns the variables of a sidecar that exports to a collector at `url`.
fn exporting(url: &str) -> Vec<(&'static str, String)> {
    vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.to_owned()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=canary-collector%20key".to_owned()),
        ("OTEL_SERVICE_NAME", SIDECAR.to_owned()),
        ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()),
    ]
}

/// Returns a static configuration with which Traefik exports its own traces to the same collector, too.
fn traced(configuration: &str, url: &str) -> String {
    let otlp = format!("tracing: {{ otlp: {{ http: {{ endpoint: \"{url}/v1/traces\" }} }} }}\n");
    format!("{configuration}{otlp}")
}

#[test]
fn one_trace_goes_from_the_client_through_traefik_and_the_sidecar_to_the_provider() {
    run(async {
        let collector = Collector::start().await;
        let idp = Idp::start(&["http://localhost/oauth/callback"]).await;
        let server = McpServer::start().await;
        let tenant = Tenant::local("wiki", &server.url()).with_provider(idp.provider());
        let mut settings = exporting(&collector.url());
        settings.push(("BOUNCER_INTERNAL_ISSUERS", idp.issuer().to_owned()));
        let mut stack = Stack::start(Plan {
            users: vec![ALICE],
            files: vec![("wiki.yml", deployed::host_tenant("localhost", &tenant))],
            sidecar: settings,
            ..Plan::default()
        })
        .await;
        stack.restart_traefik(|configuration| traced(configuration, &collector.url())).await;
        let base = stack.at("localhost");
        stack.ready(&[format!("{base}/mcp")]).await;

        let sampled: &'static str = traceparent("01").leak();
        let flow = Flow::new(&stack.http.clone().always("traceparent", sampled), &base);
        let mut secrets = secrets_of_a_login(&flow).await;
        let Provider::Oidc { client_secret, .. } = idp.provider() else { panic!("a provider") };
        secrets.extend([client_secret, "canary".to_owned(), "code_challenge".to_owned(), "?".to_owned()]);

        stack.sidecar.stop().await;
        stack.traefik.stop().await;
        let spans = wait::until("Traefik's spans arrive", async || {
            let spans = collector.spans();
            spans.iter().any(|span| span.service == "traefik" && span.trace == TRACE).then_some(spans)
        })
        .await;
        assert_is_one_trace(&spans, &idp.log());
        for span in spans.iter().filter(|span| span.service == SIDECAR) {
            for secret in &secrets {
                assert!(!span.text.contains(secret.as_str()), "{secret} is in {span:?}");
            }
        }
        let keys: Vec<_> = collector.headers();
        assert!(
            keys.iter()
                .any(|sent| sent.get("x-collector-key").is_some_and(|key| key == "canary-collector key"))
        );
        let log = json_lines(&stack.sidecar.log());
        let signed_in = log.iter().find(|line| line["message"] == "signed in").expect("the login is logged");
        assert_eq!(signed_in["trace_id"], TRACE);
        let ended = log.iter().find(|line| !line["exported"].is_null()).expect("a line about the export");
        assert!(ended["exported"].as_u64() > Some(10) && ended["dropped"] == 0, "{ended}");
    });
}

/// Logs in at the provider. Returns all secrets that passed the sidecar.
async fn secrets_of_a_login(flow: &Flow) -> Vec<String> {
    let client = flow.register("traced").await;
    let url = flow.authorize_url(&client, &[("state", "canary-state")]);
    let mut browser = Browser::new(&flow.http);
    let outcome = browser.log_in(&url, AT_IDP).await;
    let Outcome::Callback(callback) = &outcome else { panic!("{outcome:?}") };
    let code = outcome.parameter("code").unwrap_or_else(|| panic!("no code: {callback}"));
    let answer = flow.redeem(&client, &code).await.expect(200).json();
    let text = |name: &str| answer[name].as_str().expect("a token").to_owned();
    let refreshed = flow.refresh(&client, &text("refresh_token")).await.expect(200).json();
    let mut secrets = vec![code, text("access_token"), text("refresh_token"), "the-verifier".to_owned()];
    secrets.push(refreshed["access_token"].as_str().expect("a token").to_owned());
    let cookies = browser.cookies(&flow.base.parse().expect("a URL"));
    secrets.extend(
        cookies.split("; ").filter_map(|cookie| cookie.split_once('=')).map(|(_, value)| value.to_owned()),
    );
    secrets
}

/// Asserts the trace: client span ─► Traefik ─► sidecar ─► provider, and the store's operations in the sidecar.
fn assert_is_one_trace(spans: &[Span], provider_log: &str) {
    let ours: Vec<&Span> = spans.iter().filter(|span| span.trace == TRACE).collect();
    let by_id = |id: &str| ours.iter().find(|span| span.id == id);
    let callback = ours
        .iter()
        .find(|span| span.service == SIDECAR && span.name == "GET /oauth/callback")
        .unwrap_or_else(|| panic!("no span of the callback: {ours:#?}"));
    for (name, value) in [
        ("http.request.method", "GET"),
        ("url.path", "/oauth/callback"),
        ("http.response.status_code", "200"),
        ("server.address", "localhost"),
    ] {
        assert_eq!(callback.attributes.get(name).map(String::as_str), Some(value), "{name}: {callback:#?}");
    }
    // From the sidecar up to the client, all spans are Traefik's.
    let mut around =
        by_id(&callback.parent).unwrap_or_else(|| panic!("Traefik's span is missing: {callback:#?}"));
    let mut steps = 1;
    while around.parent != CLIENT {
        assert_eq!(around.service, "traefik");
        around = by_id(&around.parent).unwrap_or_else(|| panic!("the trace is broken at {around:#?}"));
        steps += 1;
    }
    assert!(steps >= 2, "Traefik has a span for the request and one for the sidecar");
    // From the sidecar down to the provider, which gets the span's id.
    let within: Vec<_> = ours.iter().filter(|span| span.parent == callback.id).collect();
    let token = within
        .iter()
        .find(|span| span.is_client && span.attributes["url.path"] == "/token")
        .unwrap_or_else(|| panic!("no call to the token endpoint: {within:#?}"));
    assert_eq!(token.name, "POST");
    assert_eq!(token.attributes["server.address"], "127.0.0.1");
    assert!(provider_log.contains(&format!("00-{TRACE}-{}-01", token.id)), "the provider got no traceparent");
    let operation = within.iter().find(|span| span.attributes.contains_key("db.operation.name"));
    let operation = operation.unwrap_or_else(|| panic!("no operation of the store: {within:#?}"));
    assert_eq!(operation.attributes["db.system.name"], "redb");
    assert!(ours.iter().any(|span| span.name == "RedeemCode"), "operations have their own names");
}

/// Starts a sidecar with a collector that is down or never answers.
async fn with_collector(url: &str) -> (Stack, Flow, McpServer) {
    let server = McpServer::start().await;
    let tenant = Tenant::local("wiki", &server.url());
    let stack = Stack::start(Plan {
        users: vec![ALICE],
        files: vec![("wiki.yml", deployed::host_tenant("localhost", &tenant))],
        sidecar: exporting(url),
        ..Plan::default()
    })
    .await;
    let base = stack.at("localhost");
    stack.ready(&[format!("{base}/mcp")]).await;
    let flow = Flow::new(&stack.http, &base);
    (stack, flow, server)
}

/// One export takes up to five seconds, so even one request that waited for it would exceed the limit.
#[test]
fn a_collector_that_is_down_or_never_answers_delays_nothing_and_lost_spans_are_counted() {
    run(async {
        let silent = Collector::silent();
        let down = Held::any();
        for url in [silent.url(), format!("http://127.0.0.1:{}", down.number())] {
            let (mut stack, flow, _server) = with_collector(&url).await;
            for _ in 0..20 {
                let answer = async { flow.http.get(&flow.endpoint("jwks.json")).await.expect(200) };
                timeout(Duration::from_secs(4), answer).await.expect("no request waits for the collector");
            }
            flow.tokens("undisturbed", Person::user(ALICE)).await;
            let stopped = timeout(Duration::from_secs(10), stack.sidecar.stop()).await;
            stopped.expect("the end does not wait for the collector");
            let log = json_lines(&stack.sidecar.log());
            let ended = log.iter().find(|line| !line["exported"].is_null()).expect("a line about the export");
            assert!(ended["exported"] == 0 && ended["dropped"].as_u64() > Some(20), "{ended}");
        }
    });
}

#[test]
fn a_collector_that_is_down_is_in_the_log_and_in_the_metrics() {
    run(async {
        let down = Held::any();
        let (stack, flow, _server) = with_collector(&format!("http://127.0.0.1:{}", down.number())).await;
        flow.http.get(&flow.endpoint("jwks.json")).await.expect(200);
        let line = wait::until("the failure is logged", async || {
            json_lines(&stack.sidecar.log())
                .into_iter()
                .find(|line| line["level"] == "WARN" && !line["dropped"].is_null())
        })
        .await;
        assert!(line["detail"].as_str().is_some_and(|text| text.contains("refused")), "{line}");
        let metrics = flow.http.get(&format!("{}/metrics", stack.sidecar.ops_url())).await.expect(200).body;
        let dropped =
            metrics.lines().find_map(|line| line.strip_prefix("bouncer_trace_spans_dropped_total "));
        assert!(dropped.is_some_and(|count| count != "0"), "{metrics}");
    });
}

/// By default, a caller's wish not to be traced is followed. The log still names the caller's trace.
#[test]
fn a_caller_that_is_not_traced_is_not_exported() {
    run(async {
        let collector = Collector::start().await;
        let (mut stack, flow, _server) = with_collector(&collector.url()).await;
        let headers = [("traceparent", traceparent("00"))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let url = flow.endpoint("jwks.json");
        stack.http.send(reqwest::Method::GET, &url, &headers, "").await.expect(200);
        stack.http.send(reqwest::Method::GET, &url, &[("traceparent", "canary")], "").await.expect(200);
        stack.sidecar.stop().await;
        let spans = collector.spans();
        assert!(!spans.is_empty() && spans.iter().all(|span| span.trace != TRACE), "{spans:?}");
        assert!(spans.iter().all(|span| !span.text.contains("canary")), "{spans:?}");
    });
}
