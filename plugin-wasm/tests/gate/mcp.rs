//! Tests requests to the MCP server, row by row of the decision table.

use plugin_wasm::handler::{Next, Plugin};

use crate::fake_host::FakeHost;
use crate::sample::{ROUTE, TENANT, authorized, host, refused, token};

const REQUIRED: &str = r#"{"resource":"wiki","providerIssuer":"local","scopes":"read","requiredScopes":"admin","scopeHierarchy":"root>admin"}"#;

fn challenge(host: &FakeHost) -> String {
    host.response_value("WWW-Authenticate").unwrap()
}

#[test]
fn no_credentials() {
    let mut host = host(TENANT, "POST", "/wiki/mcp");
    assert_eq!(refused(&mut host), 401);
    let challenge = challenge(&host);
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    let url = r#"resource_metadata="https://h.test/.well-known/oauth-protected-resource/wiki/mcp""#;
    assert!(challenge.contains(url), "{challenge}");
    assert!(challenge.contains(r#"scope="read write""#) && !challenge.contains("error"), "{challenge}");
    assert_eq!(host.response_value("Access-Control-Allow-Origin").as_deref(), Some("*"));
    assert_eq!(host.response_value("Content-Length"), Some(host.body.len().to_string()));
    assert!(!host.calls.contains(&"buffer_response"));
}

#[test]
fn another_scheme_or_a_scheme_alone_counts_as_no_credentials() {
    for value in ["Basic eDp5", "Bearer ", "Bearer", ""] {
        let mut host = host(TENANT, "POST", "/wiki/mcp").with("Authorization", value);
        assert_eq!(refused(&mut host), 401, "{value:?}");
        assert!(!challenge(&host).contains("error"), "{value:?}");
    }
}

#[test]
fn malformed_credentials() {
    let good = format!("Bearer {}", token(|_| {}));
    let mut cases = vec![
        host(TENANT, "POST", "/wiki/mcp").with("Authorization", "Bearer a b"),
        host(TENANT, "POST", "/wiki/mcp").with("Authorization", &b"Bearer \xff"[..]),
        host(TENANT, "POST", "/wiki/mcp").with("Authorization", &*good).with("Authorization", &*good),
        authorized(TENANT, "/wiki/mcp?a=b;access_token=x", &token(|_| {})),
        authorized(TENANT, "/wiki/mcp", &"x".repeat(9_000)),
    ];
    for host in &mut cases {
        assert_eq!(refused(host), 400, "{:?}", host.request);
        assert!(challenge(host).contains(r#"error="invalid_request""#));
    }
}

#[test]
fn invalid_tokens_get_401() {
    let good = token(|_| {});
    let (unsigned, _) = good.rsplit_once('.').unwrap();
    let tokens = [
        "a.b.c".into(),
        "opaque".into(),
        format!("{unsigned}.{}", "A".repeat(86)),
        token(|claims| claims.iss = "https://h.test/other".into()),
        token(|claims| claims.aud = vec!["https://h.test/wikipedia".into()]),
        token(|claims| claims.exp = claims.iat.minus(60)),
        token(|claims| claims.nbf = claims.iat.plus(61)),
    ];
    for token in tokens {
        let mut host = authorized(TENANT, "/wiki/mcp", &token);
        assert_eq!(refused(&mut host), 401, "{token}");
        assert!(challenge(&host).contains(r#"error="invalid_token""#));
        assert!(!host.logged().contains(&token), "a token is in the log");
    }
    // The same token at another tenant: the options differ, so the tenant id does.
    let other =
        r#"{"resource":"wiki","providerIssuer":"https://idp.test","clientID":"c","clientSecret":"s"}"#;
    assert_eq!(refused(&mut authorized(other, "/wiki/mcp", &good)), 401);
}

#[test]
fn missing_required_scopes_get_403() {
    let mut host = authorized(REQUIRED, "/wiki/mcp", &token(|_| {}));
    assert_eq!(refused(&mut host), 403);
    let challenge = challenge(&host);
    assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(
        challenge.contains(r#"scope="admin""#) && challenge.contains("resource_metadata="),
        "{challenge}"
    );
    for scope in ["admin", "root"] {
        let token = token(|claims| claims.scope = protocol::scope::ScopeSet::parse(scope).unwrap());
        let mut host = authorized(REQUIRED, "/wiki/mcp", &token);
        assert_eq!(Plugin::new().handle_request(&mut host), Next::Forward(0), "{scope}");
    }
}

#[test]
fn a_valid_request_is_forwarded_without_spoofed_headers() {
    let mut host = authorized(TENANT, "/wiki/mcp?x=1", &token(|_| {}))
        .with("x_mcp_sub", "mallory")
        .with("X.Mcp.Scopes", "admin")
        .with("X-MCPB-Context", "v1.forged")
        .with("X~Mcp~Iss", "https://evil")
        .with("Mcp-Session-Id", "s")
        .with("Cookie", "a=1; __Host-mcpb-x=secret")
        .with("Connection", "keep-alive, X-Mcp-Sub");
    assert_eq!(Plugin::new().handle_request(&mut host), Next::Forward(0));
    assert_eq!(host.request_value("X-Mcp-Sub").as_deref(), Some("alice"));
    assert_eq!(host.request_value("X-Mcp-Scopes").as_deref(), Some("read write"));
    assert_eq!(host.request_value("X-Mcp-Iss"), None, "nobody asked for it");
    for gone in ["Authorization", "x_mcp_sub", "X.Mcp.Scopes", "X~Mcp~Iss", "X-MCPB-Context"] {
        assert_eq!(host.request_value(gone), None, "{gone}");
    }
    assert_eq!(host.request_value("Mcp-Session-Id").as_deref(), Some("s"));
    assert_eq!(host.request_value("Cookie").as_deref(), Some("a=1"));
    assert_eq!(host.request_value("Connection").as_deref(), Some("keep-alive"));
    assert_eq!((host.uri.as_str(), host.buffered, host.status), ("/wiki/mcp?x=1", false, None));
}

#[test]
fn the_issuer_is_forwarded_if_the_option_says_so() {
    let options = r#"{"resource":"wiki","providerIssuer":"local","forwardIssuer":"true"}"#;
    let mut host = authorized(options, "/wiki/mcp", &token(|_| {})).with("X-Mcp-Iss", "https://evil");
    assert_eq!(Plugin::new().handle_request(&mut host), Next::Forward(0));
    assert_eq!(host.request_value("X-Mcp-Iss").as_deref(), Some("https://h.test/wiki"));
}

/// Each call to the host costs as much as everything else the plugin does for a usual request.
#[test]
fn a_usual_request_makes_no_unneeded_host_call() {
    let mut plugin = Plugin::new();
    let mut host = authorized(TENANT, "/wiki/mcp", &token(|_| {}));
    let request = host.request.clone();
    for _ in 0..2 {
        host.request.clone_from(&request);
        host.calls.clear();
        assert_eq!(plugin.handle_request(&mut host), Next::Forward(0));
    }
    let expected = [
        "now",
        "request_header_names",
        "request_header",
        "request_header",
        "uri",
        "request_header",
        "remove_request_header",
        "set_request_header",
        "set_request_header",
    ];
    assert_eq!(host.calls, expected);
}

#[test]
fn responses_of_the_mcp_server_are_not_touched() {
    let mut plugin = Plugin::new();
    let mut host = authorized(TENANT, "/wiki/mcp", &token(|_| {}));
    assert_eq!(plugin.handle_request(&mut host), Next::Forward(0));
    host.after_next = true;
    host.calls.clear();
    plugin.handle_response(&mut host, 0, false);
    plugin.handle_response(&mut host, 0, true);
    assert!(host.calls.is_empty(), "{:?}", host.calls);
}

#[test]
fn a_remembered_token_expires() {
    let mut plugin = Plugin::new();
    let mut host = authorized(TENANT, "/wiki/mcp", &token(|_| {}));
    let request = host.request.clone();
    for _ in 0..3 {
        host.request = request.clone();
        assert_eq!(plugin.handle_request(&mut host), Next::Forward(0));
    }
    host.request = request;
    host.now = host.now.plus(3_661);
    assert_eq!(plugin.handle_request(&mut host), Next::Stop);
    assert_eq!(host.status, Some(401));
}

#[test]
fn preflight_comes_before_authentication() {
    let mut host = host(TENANT, "OPTIONS", "/wiki/mcp")
        .with("Origin", "https://page.test")
        .with("Access-Control-Request-Method", "POST")
        .with("Access-Control-Request-Headers", "authorization, mcp-protocol-version");
    assert_eq!(refused(&mut host), 204);
    assert!(host.response_value("Access-Control-Allow-Origin").is_some());
    let allowed = host.response_value("Access-Control-Allow-Headers").unwrap().to_ascii_lowercase();
    assert!(allowed.contains("authorization") && allowed.contains("mcp-protocol-version"), "{allowed}");
}

#[test]
fn origins_paths_and_schemes_are_validated() {
    let listed = r#"{"resource":"wiki","providerIssuer":"local","allowedOrigins":"https://good.test"}"#;
    let good = token(|_| {});
    for (origin, next) in [
        ("https://good.test", Next::Forward(0)),
        ("https://h.test", Next::Forward(0)),
        ("https://evil.test", Next::Stop),
        ("null", Next::Stop),
    ] {
        let mut host = authorized(listed, "/wiki/mcp", &good).with("Origin", origin);
        assert_eq!(Plugin::new().handle_request(&mut host), next, "{origin}");
        assert_eq!(host.status, (next == Next::Stop).then_some(403));
    }
    for (uri, status) in [
        ("/wikipedia", 404),
        ("/", 404),
        ("/wiki/%2e%2e/x", 400),
        ("/wiki%2fmcp", 400),
        ("/wiki//mcp", 400),
        ("/wiki/..;/x", 400),
        ("/wiki/mcp/.well-known/oauth-protected-resource", 404),
    ] {
        assert_eq!(refused(&mut authorized(TENANT, uri, &good)), status, "{uri}");
    }
    let mut host = authorized(TENANT, "/wiki/mcp", &good);
    host.request.retain(|(name, _)| name != "X-Forwarded-Proto");
    assert_eq!(refused(&mut host), 503);
    assert!(host.logged().contains("publicURL"), "{}", host.logged());
}

#[test]
fn a_route_proof_on_an_mcp_path_gets_404() {
    let mut host = host(ROUTE, "POST", "/wiki/oauth/token");
    assert_eq!(Plugin::new().handle_request(&mut host), Next::Forward(0));
    let proof = host.request_value("X-MCPB-Route").unwrap();
    let mut host = authorized(TENANT, "/wiki/mcp", &token(|_| {})).with("X-MCPB-Route", proof);
    assert_eq!(refused(&mut host), 404);
}

#[test]
fn empty_header_names_are_ignored() {
    // Go's server leaves empty places in the list of names.
    let mut host = authorized(TENANT, "/wiki/mcp", &token(|_| {})).with("", "");
    assert_eq!(Plugin::new().handle_request(&mut host), Next::Forward(0));
}
