//! Each problem of Traefik's routers is logged and counted by its own reason, and its end is logged too.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use serde_json::{Value, json};
use sidecar::listen::Peer;
use sidecar::traefik;
use tower::ServiceExt as _;

use super::support::World;

const VERSION: &str = "3.7.15";

/// The responses of Traefik's API.
struct Said {
    version: &'static str,
    routers: Value,
    middlewares: Value,
}

/// Starts a server that answers as Traefik's API would. Returns its address.
async fn api(said: Said) -> String {
    let fixed = |value: Value| get(move || async move { value.to_string() });
    let app = Router::new()
        .route("/api/version", fixed(json!({ "Version": said.version })))
        .route("/api/http/routers", fixed(said.routers))
        .route("/api/http/middlewares", fixed(said.middlewares))
        .route("/api/http/services", fixed(json!([])));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

fn router(name: &str, rule: &str, middlewares: &[&str]) -> Value {
    json!({
        "name": format!("{name}@docker"), "provider": "docker", "rule": rule, "service": "wiki",
        "middlewares": middlewares, "entryPoints": ["websecure"], "priority": rule.len(), "status": "enabled",
    })
}

fn tenant(options: &Value) -> Value {
    json!([{ "name": "own@docker", "provider": "docker", "type": "mcpbouncer", "plugin": { "mcpbouncer": options } }])
}

fn said(routers: Value, middlewares: Value) -> Said {
    Said { version: VERSION, routers, middlewares }
}

fn shared(rule: &str) -> Said {
    said(json!([router("wiki", rule, &["mcp-auth@http"])]), json!([]))
}

/// Returns the reasons that this many polls cause.
async fn reasons_of(url: &str, bare: &str, polls: usize) -> Vec<String> {
    let world = World::with(&[("BOUNCER_TRAEFIK_API", url), ("BOUNCER_BARE_ROUTERS", bare)]);
    let routes = traefik::routes(world.app.traefik(8080).unwrap());
    for _ in 0..polls {
        let mut request = Request::get("/traefik").header("host", "b:9090").body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer([127, 0, 0, 1].into()));
        routes.clone().oneshot(request).await.unwrap();
    }
    world.reasons().into_iter().collect()
}

#[tokio::test]
async fn each_problem_has_its_reason() {
    let own = json!({ "resource": "wiki", "providerIssuer": "local", "pathPrefix": "/wiki" });
    let mut old_syntax = router("wiki", "Host(`a.example`)", &["mcp-auth@http"]);
    old_syntax["ruleSyntax"] = json!("v2");
    let evil = json!({ "pathPrefix": "", "providerIssuer": "https://evil.example", "clientID": "c" });
    let open = |name: &str| router(name, "Host(`open.example`)", &[]);
    let protected = router("wiki", "Host(`a.example`)", &["mcp-auth@http"]);
    let cases = [
        ("traefik_old", Said { version: "3.6.13", ..shared("Host(`a.example`)") }),
        ("rule_unreadable", shared("Host(`a.example`")),
        ("rule_syntax_v2", said(json!([old_syntax]), json!([]))),
        ("rule_path", shared("Host(`a.example`) && PathRegexp(`^/a`)")),
        ("rule_hosts", shared("HostRegexp(`.*`)")),
        ("rule_conditions", shared("Host(`a.example`) && Header(`X`, `y`)")),
        (
            "path_mismatch",
            said(json!([router("wiki", "Host(`a.example`) && PathPrefix(`/docs`)", &["own"])]), tenant(&own)),
        ),
        (
            "options_refused",
            said(json!([router("wiki", "Host(`a.example`)", &["own"])]), tenant(&json!({ "clientID": "c" }))),
        ),
        (
            "two_middlewares",
            said(json!([router("wiki", "Host(`a.example`)", &["mcp-auth@http", "own"])]), tenant(&own)),
        ),
        (
            "two_tenants",
            said(json!([protected, router("evil", "Host(`a.example`)", &["own"])]), tenant(&evil)),
        ),
        ("bare_router", said(json!([protected, open("open")]), json!([]))),
    ];
    for (reason, said) in cases {
        let url = api(said).await;
        assert_eq!(reasons_of(&url, "warn", 1).await, [reason]);
    }
    let url = api(said(json!([protected, open("open")]), json!([]))).await;
    assert_eq!(reasons_of(&url, "block", 1).await, ["bare_router_blocked"]);
    // A single failure is no problem: Traefik may be starting.
    let url = api(Said { version: "none", routers: json!(7), middlewares: json!([]) }).await;
    assert!(reasons_of(&url, "warn", 1).await.is_empty());
    assert_eq!(reasons_of(&url, "warn", 2).await, ["traefik_api"]);
}
