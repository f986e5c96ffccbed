//! Tests requests to the sidecar: the route proof, the context, and the response.

use plugin_wasm::handler::{Next, Plugin};
use protocol::context::{Context, Endpoint, PluginKeys};

use crate::fake_host::FakeHost;
use crate::sample::{ROUTE, TENANT, host, refused, routed};

/// The path of the metadata of a resource.
const RESOURCE: &str = "/.well-known/oauth-protected-resource/wiki/mcp";

/// An instance that forwarded a request to the sidecar, and the host with that request.
fn forwarded(method: &str, uri: &str) -> (Plugin, FakeHost) {
    let mut plugin = Plugin::new();
    let mut host = routed(method, uri).with("Origin", "https://h.test");
    assert_eq!(plugin.handle_request(&mut host), Next::Forward(1), "{}", host.logged());
    assert!(host.buffered);
    host.after_next = true;
    (plugin, host)
}

fn context(host: &FakeHost) -> Context {
    let keys = PluginKeys::parse(host.env.get("BOUNCER_PLUGIN_KEY").unwrap()).unwrap();
    let sealed = host.request_value("X-MCPB-Context").unwrap();
    let path = host.uri.split('?').next().unwrap();
    Context::open(&keys, &sealed, host.now, &host.method, path).unwrap()
}

#[test]
fn the_sidecar_gets_the_context_and_its_own_path() {
    let (_, host) = forwarded("GET", "/wiki/oauth/authorize?client_id=a&x=%2F");
    assert_eq!(host.uri, "/oauth/authorize?client_id=a&x=%2F");
    let context = context(&host);
    assert_eq!((context.base.as_str(), context.endpoint), ("https://h.test/wiki", Endpoint::Authorize));
    assert_eq!(context.client_address, Some("192.0.2.7".parse().unwrap()));
    assert_eq!(host.request_value("X-MCPB-Route"), None);
    let (_, host) = forwarded("GET", "/.well-known/openid-configuration/wiki/mcp");
    assert_eq!(host.uri, "/.well-known/openid-configuration");
}

#[test]
fn the_plugin_writes_resource_metadata() {
    for mut host in [routed("GET", RESOURCE), host(TENANT, "GET", RESOURCE)] {
        assert_eq!(refused(&mut host), 200);
        assert!(String::from_utf8_lossy(&host.body).contains(r#""resource":"https://h.test/wiki/mcp""#));
        assert!(!host.buffered && host.logged().is_empty(), "{}", host.logged());
    }
}

/// While the sidecar is stopped, the OAuth router leads nowhere or does not exist.
#[test]
fn the_plugin_writes_server_metadata_without_the_sidecar() {
    let uri = "/.well-known/oauth-authorization-server/wiki";
    let mut without = host(TENANT, "GET", uri);
    assert_eq!(refused(&mut without), 200);
    assert!(without.logged().contains("traefik.http.routers."), "{}", without.logged());
    let (mut plugin, mut host) = forwarded("GET", uri);
    host.status = Some(502);
    host.body = b"Bad Gateway".to_vec();
    host.response =
        vec![("Content-Type".into(), b"text/plain".to_vec()), ("Set-Cookie".into(), b"a=b".to_vec())];
    plugin.handle_response(&mut host, 1, false);
    assert_eq!((host.status, &host.body), (Some(200), &without.body));
    assert_eq!(host.response_value("Content-Type").as_deref(), Some("application/json"));
    assert_eq!(host.response_value("Set-Cookie"), None);
    assert!(String::from_utf8_lossy(&host.body).contains(r#""issuer":"https://h.test/wiki""#));
    assert!(host.logged().contains(UNREACHABLE), "{}", host.logged());
}

#[test]
fn oauth_requests_without_a_route_proof_get_503() {
    for method in ["GET", "POST", "PUT", "DELETE", "PROPFIND"] {
        for uri in ["/wiki/oauth/token", "/wiki/oauth/authorize", "/wiki/oauth/jwks.json"] {
            let mut host = host(TENANT, method, uri).with("Origin", "https://h.test");
            assert_eq!(refused(&mut host), 503, "{method} {uri}");
            assert!(String::from_utf8_lossy(&host.body).contains("temporarily_unavailable"));
            assert!(host.response_value("Retry-After").is_some());
            assert!(host.logged().contains("traefik.http.routers."), "{}", host.logged());
        }
    }
}

#[test]
fn a_route_proof_is_valid_for_its_request_only() {
    let proof = routed("POST", "/wiki/oauth/token").request_value("X-MCPB-Route").unwrap();
    let with = |method: &str, uri: &str, proof: &str| host(TENANT, method, uri).with("X-MCPB-Route", proof);
    assert_eq!(refused(&mut with("GET", "/wiki/oauth/token", &proof)), 503);
    assert_eq!(refused(&mut with("POST", "/wiki/oauth/register", &proof)), 503);
    assert_eq!(refused(&mut with("POST", "/wiki/oauth/token", "v1.AAAA")), 503);
    let mut late = with("POST", "/wiki/oauth/token", &proof);
    late.now = late.now.plus(61);
    assert_eq!(refused(&mut late), 503);
    assert!(late.logged().contains("clock_skew"), "{}", late.logged());
    let mut twice = with("POST", "/wiki/oauth/token", &proof).with("X-MCPB-Route", &*proof);
    assert_eq!(refused(&mut twice), 400);
}

#[test]
fn the_route_role_refuses_other_paths() {
    let mut forged = host(ROUTE, "POST", "/wiki/oauth/token")
        .with("x_mcpb_route", "v1.forged")
        .with("X-MCPB-Context", "v1.forged");
    assert_eq!(Plugin::new().handle_request(&mut forged), Next::Forward(0));
    assert_eq!(forged.request_value("X-MCPB-Context"), None);
    assert_eq!(forged.request_value("x_mcpb_route"), None);
    assert!(forged.request_value("X-MCPB-Route").unwrap().starts_with("v1."));
    assert_eq!(refused(&mut host(ROUTE, "POST", "/wiki/mcp")), 404);
    assert_eq!(refused(&mut host(ROUTE, "POST", "/wiki/%2e%2e/oauth/token")), 400);
}

#[test]
fn unknown_oauth_paths_get_404() {
    for uri in [
        "/wiki/oauth/made-up",
        "/wiki/oauth/register/",
        "/wiki/oauth/register/a/b",
        "/wiki/oauth/token/",
        "/wiki/oauth/Token",
    ] {
        assert_eq!(refused(&mut host(ROUTE, "GET", uri)), 404, "vouched for: {uri}");
        assert_eq!(refused(&mut host(TENANT, "GET", uri)), 503, "without a proof: {uri}");
    }
}

#[test]
fn the_sidecar_gets_the_origin_of_a_posted_page() {
    for origin in [Some("https://h.test"), Some("https://evil.test"), Some("null"), None] {
        let mut host = routed("POST", "/wiki/oauth/consent").with("Sec-Fetch-Site", "same-origin");
        if let Some(origin) = origin {
            host = host.with("Origin", origin);
        }
        assert_eq!(Plugin::new().handle_request(&mut host), Next::Forward(1), "{origin:?}");
        assert_eq!(host.request_value("Origin").as_deref(), origin);
        assert_eq!(host.request_value("Sec-Fetch-Site").as_deref(), Some("same-origin"));
        assert_eq!(host.response_value("Access-Control-Allow-Origin"), None);
    }
}

#[test]
fn a_response_of_the_sidecar_is_delivered() {
    let (mut plugin, mut host) = forwarded("POST", "/wiki/oauth/token");
    host.status = Some(400);
    host.body = b"{}".to_vec();
    host.response = vec![
        ("X-Mcpb-Sidecar".into(), b"1".to_vec()),
        ("Set-Cookie".into(), b"a=1".to_vec()),
        ("Set-Cookie".into(), b"b=2".to_vec()),
    ];
    plugin.handle_response(&mut host, 1, false);
    assert_eq!((host.status, &host.body[..]), (Some(400), &b"{}"[..]));
    assert_eq!(host.response_value("X-MCPB-Sidecar"), None);
    assert_eq!(host.response_value("Access-Control-Allow-Origin").as_deref(), Some("*"));
    assert_eq!(host.response.iter().filter(|(name, _)| name == "Set-Cookie").count(), 2);
    assert!(!host.calls.contains(&"set_status") && !host.calls.contains(&"write_body"));

    let (mut plugin, mut host) = forwarded("GET", "/wiki/oauth/authorize?x=1");
    host.response = vec![("X-Mcpb-Sidecar".into(), b"1".to_vec())];
    plugin.handle_response(&mut host, 1, false);
    assert_eq!(host.response_value("Access-Control-Allow-Origin"), None, "pages carry none");
}

/// A response that is not the sidecar's, and the log line about it.
struct Foreign {
    status: Option<u16>,
    markers: &'static [&'static str],
    is_error: bool,
    reason: &'static str,
}

const UNREACHABLE: &str = "cannot be reached";
const NOT_THE_SIDECAR: &str = "is not the sidecar";

const FOREIGN: [Foreign; 8] = [
    Foreign { status: Some(502), markers: &[], is_error: false, reason: UNREACHABLE },
    Foreign { status: Some(503), markers: &[], is_error: false, reason: UNREACHABLE },
    Foreign { status: Some(504), markers: &[], is_error: false, reason: UNREACHABLE },
    Foreign { status: None, markers: &[], is_error: true, reason: UNREACHABLE },
    Foreign { status: Some(200), markers: &["1"], is_error: true, reason: UNREACHABLE },
    Foreign { status: Some(200), markers: &[], is_error: false, reason: NOT_THE_SIDECAR },
    Foreign { status: Some(401), markers: &["2"], is_error: false, reason: NOT_THE_SIDECAR },
    Foreign { status: Some(200), markers: &["1", "1"], is_error: false, reason: NOT_THE_SIDECAR },
];

#[test]
fn nothing_of_another_servers_response_is_left() {
    for Foreign { status, markers, is_error, reason } in FOREIGN {
        let (mut plugin, mut host) = forwarded("POST", "/wiki/oauth/token");
        host.status = status;
        host.body = b"<html>foreign".to_vec();
        let usual = [
            ("Content-Length", "13"),
            ("Set-Cookie", "x=1"),
            ("Location", "/x"),
            ("Content-Encoding", "gzip"),
        ];
        let marked = markers.iter().map(|value| ("X-Mcpb-Sidecar", *value));
        host.response =
            usual.into_iter().chain(marked).map(|(name, value)| (name.into(), value.into())).collect();
        host.trailers = vec![("X-Trailer".into(), b"foreign".to_vec())];
        plugin.handle_response(&mut host, 1, is_error);
        assert_eq!(host.status, Some(503));
        assert_eq!(host.body, br#"{"error":"temporarily_unavailable"}"#);
        assert_eq!(host.response_value("Content-Length"), Some(host.body.len().to_string()));
        assert_eq!(host.response_value("Content-Type").as_deref(), Some("application/json"));
        assert!(host.response_value("Retry-After").is_some());
        for gone in ["Set-Cookie", "Location", "Content-Encoding", "X-MCPB-Sidecar"] {
            assert_eq!(host.response_value(gone), None, "{gone}");
        }
        assert!(host.trailers.is_empty());
        assert!(host.logged().contains(reason), "{reason}: {}", host.logged());
        assert!(host.logged().contains("POST /wiki/oauth/token"), "{}", host.logged());
    }
}

#[test]
fn an_instance_that_forgot_the_request_still_checks_the_response() {
    let (_, mut host) = forwarded("POST", "/wiki/oauth/token");
    host.status = Some(200);
    Plugin::new().handle_response(&mut host, 1, false);
    assert_eq!(host.status, Some(503));
}
