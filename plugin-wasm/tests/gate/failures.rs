//! Tests a host that fails: whichever call fails, nothing is forwarded.

use plugin_wasm::handler::{Next, Plugin};

use crate::fake_host::FakeHost;
use crate::sample::{ROUTE, TENANT, authorized, host, routed, token};

/// Requests that are forwarded when nothing fails, with headers to clean in each.
fn forwarded_requests() -> Vec<FakeHost> {
    let file = r#"{"resource":"wiki","providerIssuer":"local","clientIPDepth":"1","jwksFile":"/k"}"#;
    let mcp = authorized(TENANT, "/wiki/mcp", &token(|_| {}))
        .with("x_mcp_sub", "mallory")
        .with("Cookie", "__Host-mcpb-x=1")
        .with("Connection", "X-Mcp-Sub")
        .with("Origin", "https://page.test");
    let mut token_request = routed("POST", "/wiki/oauth/token").with("X-Forwarded-For", "192.0.2.1");
    token_request.config = file.into();
    vec![mcp, host(ROUTE, "POST", "/wiki/oauth/token").with("x-mcpb-route", "forged"), token_request]
}

/// Whether the call that fails writes the response.
fn writes_the_answer(call: &str) -> bool {
    matches!(call, "set_response_header" | "set_status" | "write_body")
}

#[test]
fn a_failure_of_any_call_of_a_request_forwards_nothing() {
    for request in forwarded_requests() {
        let mut clean = request.clone();
        let next = Plugin::new().handle_request(&mut clean);
        assert_ne!(next, Next::Stop, "{}", clean.logged());
        assert!(clean.calls.len() > 5);
        for (number, call) in clean.calls.iter().enumerate() {
            let mut host = FakeHost { fail_at: Some(number), ..request.clone() };
            assert_eq!(Plugin::new().handle_request(&mut host), Next::Stop, "{call} {number}");
            assert_eq!(host.status, Some(503), "{call} {number}");
            assert!(host.response_value("Retry-After").is_some(), "{call} {number}");
            assert!(host.logged().contains("changed while it was read"), "{call}: {}", host.logged());
        }
    }
}

#[test]
fn a_failure_of_any_call_of_a_refusal_forwards_nothing() {
    let request = host(TENANT, "POST", "/wiki/mcp");
    let mut clean = request.clone();
    assert_eq!(Plugin::new().handle_request(&mut clean), Next::Stop);
    for (number, call) in clean.calls.iter().enumerate() {
        let mut host = FakeHost { fail_at: Some(number), ..request.clone() };
        assert_eq!(Plugin::new().handle_request(&mut host), Next::Stop, "{call} {number}");
        assert!(!host.log.is_empty());
        match *call {
            "set_status" => assert!(!host.body.is_empty()),
            call if writes_the_answer(call) => assert_eq!(host.status, Some(401), "{call} {number}"),
            _ => assert!(matches!(host.status, Some(401 | 503)), "{call} {number}: {:?}", host.status),
        }
    }
}

#[test]
fn a_host_function_that_always_fails_forwards_nothing() {
    for request in forwarded_requests() {
        let mut clean = request.clone();
        Plugin::new().handle_request(&mut clean);
        for call in clean.calls {
            let mut host = FakeHost { fail_name: Some(call), ..request.clone() };
            let mut plugin = Plugin::new();
            for _ in 0..3 {
                host.status = None;
                host.request = request.request.clone();
                assert_eq!(plugin.handle_request(&mut host), Next::Stop, "{call}");
                assert_eq!(host.status, Some(503), "{call}");
            }
        }
    }
}

#[test]
fn a_host_that_recovers_is_served_again() {
    let request = authorized(TENANT, "/wiki/mcp", &token(|_| {}));
    for call in ["config", "env", "now", "request_header_names"] {
        let mut plugin = Plugin::new();
        let mut host = FakeHost { fail_name: Some(call), ..request.clone() };
        assert_eq!(plugin.handle_request(&mut host), Next::Stop, "{call}");
        assert_eq!(plugin.handle_request(&mut request.clone()), Next::Forward(0), "{call}");
    }
}

/// An instance that waits for the response to a token request, and a host with that response, with or without the
/// marker.
fn answered(marker: Option<&str>) -> (Plugin, FakeHost) {
    let mut plugin = Plugin::new();
    let mut host = routed("POST", "/wiki/oauth/token");
    assert_eq!(plugin.handle_request(&mut host), Next::Forward(1));
    host.after_next = true;
    host.calls.clear();
    host.status = Some(200);
    host.body = b"secret".to_vec();
    host.response = vec![("Set-Cookie".into(), b"x=1".to_vec())];
    host.response.extend(marker.map(|value| ("X-Mcpb-Sidecar".into(), value.into())));
    (plugin, host)
}

#[test]
fn a_failure_of_any_call_on_a_response_delivers_nothing_foreign() {
    for marker in [Some("1"), None] {
        let (mut plugin, mut clean) = answered(marker);
        plugin.handle_response(&mut clean, 1, false);
        assert!(clean.calls.len() > 3);
        for (number, call) in clean.calls.iter().enumerate() {
            let (mut plugin, mut host) = answered(marker);
            host.fail_at = Some(number);
            plugin.handle_response(&mut host, 1, false);
            if marker.is_some() && *call == "status" {
                // With the marker, nothing depends on the status.
                assert_eq!((host.status, &host.body[..]), (Some(200), &b"secret"[..]));
                continue;
            }
            assert!(host.body != b"secret" || *call == "write_body", "{call} {number}");
            assert!(host.status == Some(503) || *call == "set_status", "{call} {number}");
            assert!(!host.log.is_empty(), "{call} {number}");
        }
    }
}
