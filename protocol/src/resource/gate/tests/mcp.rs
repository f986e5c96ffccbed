//! Tests requests to the MCP server: the responses about tokens, and what is forwarded.

use super::*;

fn mcp(gate: &mut Gate, request: Request) -> McpForward {
    let mut request = request;
    match gate.decide(NOW, &mut request) {
        Decision::ForwardMcp(forward) => forward,
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_credentials() {
    for request in [
        request("POST", "/wiki/mcp"),
        request("GET", "/wiki/mcp"),
        request("HEAD", "/wiki/mcp"),
        request("POST", "/wiki/mcp").with("authorization", "Basic YTpi"),
        // The header of clients without a token, as they write it and as Traefik trims it.
        request("POST", "/wiki/mcp").with("authorization", "Bearer "),
        request("POST", "/wiki/mcp").with("authorization", "Bearer"),
        request("POST", "/wiki/mcp").with("authorization", ""),
    ] {
        let response = respond(&mut gate(&json!({})), request);
        assert_eq!(response.status, 401);
        assert_eq!(
            header(&response, "WWW-Authenticate"),
            Some(
                r#"Bearer resource_metadata="https://h.test/.well-known/oauth-protected-resource/wiki/mcp", scope="read write""#
            )
        );
        assert_eq!(header(&response, "Access-Control-Allow-Origin"), Some("*"));
        assert!(header(&response, "Access-Control-Expose-Headers").unwrap().contains("WWW-Authenticate"));
        assert_eq!(header(&response, "Cache-Control"), Some("no-store"));
    }
}

#[test]
fn a_browser_gets_a_page_with_the_challenge() {
    let html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let open = |uri| request("GET", uri).with("accept", html);
    let response = respond(&mut gate(&json!({})), open("/wiki/mcp?x=1"));
    assert_eq!(response.status, 401);
    assert!(header(&response, "WWW-Authenticate").unwrap().contains("oauth-protected-resource/wiki/mcp?x=1"));
    assert_eq!(header(&response, "Content-Type"), Some("text/html; charset=utf-8"));
    assert_eq!(header(&response, "Content-Length"), Some(response.body.len().to_string().as_str()));
    assert_eq!(header(&response, "Content-Security-Policy"), Some("default-src 'none'"));
    let next = |page: &str| page.split('"').find(|part| part.starts_with('/')).unwrap().to_owned();
    assert_eq!(next(&response.body), "/wiki/oauth/connect?path=/wiki/mcp");
    assert!(
        response
            .body
            .contains(r#"<meta http-equiv=refresh content="0;url=/wiki/oauth/connect?path=/wiki/mcp">"#)
    );

    let long = ["/wiki/", &"x".repeat(1024)].concat();
    for (uri, found) in [
        ("/wiki/\"><script>x</script>", "/wiki/oauth/connect"),
        ("/wiki/a_b-c.d/", "/wiki/oauth/connect?path=/wiki/a_b-c.d/"),
        (&long, "/wiki/oauth/connect"),
        ("/wiki/a&b", "/wiki/oauth/connect"),
    ] {
        let response = respond(&mut gate(&json!({})), open(uri));
        assert_eq!(next(&response.body), found);
        assert_eq!(response.body.matches('<').count(), 9, "{}", response.body);
    }
}

#[test]
fn a_program_gets_no_page() {
    for request in [
        request("POST", "/wiki/mcp").with("accept", "text/html"),
        request("GET", "/wiki/mcp").with("accept", "text/event-stream"),
        request("GET", "/wiki/mcp").with("accept", "application/json, text/event-stream, text/html;q=0.1"),
        request("GET", "/wiki/mcp").with("accept", "*/*"),
        request("GET", "/wiki/mcp"),
    ] {
        let response = respond(&mut gate(&json!({})), request);
        assert_eq!((response.status, response.body.as_str()), (401, r#"{"error":"unauthorized"}"#));
        assert_eq!(header(&response, "Content-Type"), Some("application/json"));
    }
}

#[test]
fn the_challenge_keeps_slash_and_query_and_offers_no_offline_access() {
    let mut gate = gate(&json!({"requiredScopes": "use, offline_access"}));
    let response = respond(&mut gate, request("GET", "/wiki/mcp/?x=\"1"));
    assert_eq!(
        header(&response, "WWW-Authenticate"),
        Some(
            r#"Bearer resource_metadata="https://h.test/.well-known/oauth-protected-resource/wiki/mcp/?x=%221", scope="use""#
        )
    );
}

#[test]
fn malformed_credentials() {
    let twice = request("POST", "/wiki/mcp").bearer("a").bearer("a");
    let long = "x".repeat(8 * 1024 + 1);
    for request in [
        twice,
        request("POST", "/wiki/mcp").bearer("").bearer(""),
        request("POST", "/wiki/mcp").with("authorization", "Bearer a b"),
        request("POST", "/wiki/mcp").with("authorization", &b"Bearer \xff"[..]),
        request("POST", "/wiki/mcp").bearer(&long),
        request("POST", "/wiki/mcp?access_token=x"),
        request("POST", "/wiki/mcp?a=b;access%5ftoken=x").bearer(&token(|_| {})),
    ] {
        let response = respond(&mut gate(&json!({})), request);
        assert_eq!((response.status, response.body.as_str()), (400, r#"{"error":"invalid_request"}"#));
        let challenge = header(&response, "WWW-Authenticate").unwrap();
        assert!(challenge.starts_with(r#"Bearer error="invalid_request", resource_metadata="#));
        assert!(!challenge.contains('?'), "a token in the query is not repeated: {challenge}");
    }
}

#[test]
fn a_valid_token_sets_the_identity_headers() {
    let edits = mcp(&mut gate(&json!({})), request("POST", "/wiki/mcp").bearer(&token(|_| {})));
    assert_eq!(removed(&edits), ["authorization"]);
    assert_eq!(set(&edits), [("X-Mcp-Sub", "alice".into()), ("X-Mcp-Scopes", "read".into())]);
    let mut telling = gate(&json!({"forwardIssuer": "true"}));
    let edits = mcp(&mut telling, request("POST", "/wiki/mcp").bearer(&token(|_| {})));
    assert_eq!(
        set(&edits),
        [("X-Mcp-Sub", "alice".into()), ("X-Mcp-Scopes", "read".into()), ("X-Mcp-Iss", BASE.into())]
    );
    let mut kept = gate(&json!({"forwardAuthorization": "true"}));
    assert!(removed(&mcp(&mut kept, request("POST", "/wiki/mcp").bearer(&token(|_| {})))).is_empty());
}

#[test]
fn spoofed_headers_and_our_cookies_are_removed() {
    let asked = request("POST", "/wiki/mcp")
        .bearer(&token(|_| {}))
        .with("x_mcp_sub", "root")
        .with("X.Mcp.Sub", "root")
        .with("X~Mcp~Scopes", "all")
        .with("X-MCPB-Context", "v1.x")
        .with("Mcp-Session-Id", "s")
        .with("cookie", "__Host-mcpb-x=s; theirs=1; __Host-mcpb-y=s")
        .with("connection", "keep-alive, X-Mcp-Sub");
    let edits = mcp(&mut gate(&json!({})), asked);
    assert_eq!(
        removed(&edits),
        ["x_mcp_sub", "x.mcp.sub", "x~mcp~scopes", "x-mcpb-context", "authorization"]
    );
    assert!(set(&edits).contains(&("cookie", "theirs=1".into())));
    assert!(set(&edits).contains(&("connection", "keep-alive".into())));
    let only_ours = request("POST", "/wiki/mcp").bearer(&token(|_| {})).with("cookie", "__Host-mcpb-x=s");
    assert!(removed(&mcp(&mut gate(&json!({})), only_ours)).contains(&"cookie".into()));
}

#[test]
fn required_scopes_and_their_hierarchy() {
    let asked = |scope: &str| {
        let scope = ScopeSet::parse(scope).unwrap();
        request("POST", "/wiki/mcp").bearer(&token(|claims| claims.scope = scope))
    };
    let mut strict = gate(&json!({"requiredScopes": "read,write"}));
    let response = respond(&mut strict, asked("read"));
    assert_eq!((response.status, response.body.as_str()), (403, r#"{"error":"insufficient_scope"}"#));
    assert_eq!(
        header(&response, "WWW-Authenticate"),
        Some(
            r#"Bearer error="insufficient_scope", scope="read write", resource_metadata="https://h.test/.well-known/oauth-protected-resource/wiki/mcp""#
        )
    );
    mcp(&mut strict, asked("read write other"));
    let mut ordered = gate(&json!({"requiredScopes": "read", "scopeHierarchy": "admin>write>read"}));
    mcp(&mut ordered, asked("admin"));
    assert_eq!(respond(&mut ordered, asked("other")).status, 403);
}

#[test]
fn origins() {
    let mut only = gate(&json!({"allowedOrigins": "https://app.example"}));
    let asked = |origin: &str| request("POST", "/wiki/mcp").with("origin", origin.as_bytes());
    for (origin, status) in
        [("https://app.example", 401), ("https://h.test", 401), ("https://evil", 403), ("null", 403)]
    {
        let response = respond(&mut only, asked(origin));
        assert_eq!(response.status, status, "{origin}");
        let allowed = header(&response, "Access-Control-Allow-Origin");
        assert_eq!(allowed, (status == 401).then_some(origin));
    }
    assert_eq!(respond(&mut only, request("POST", "/wiki/mcp")).status, 401);
    assert_eq!(respond(&mut only, asked("https://app.example").with("origin", "https://evil")).status, 400);
    assert_eq!(respond(&mut gate(&json!({})), asked("https://evil")).status, 401);
}

#[test]
fn preflights_come_before_everything() {
    let asked = |path: &str| {
        request("OPTIONS", path)
            .with("origin", "https://app")
            .with("access-control-request-headers", "authorization,traceparent,x-tenant-id")
    };
    for path in ["/wiki/mcp", "/wiki/oauth/token", "/.well-known/oauth-protected-resource", "/else"] {
        let response = respond(&mut gate(&json!({})), asked(path));
        assert_eq!((response.status, response.body.as_str()), (204, ""), "{path}");
        assert_eq!(header(&response, "Access-Control-Allow-Origin"), Some("*"));
        let allowed = header(&response, "Access-Control-Allow-Headers").unwrap();
        assert!(allowed.ends_with("DPoP, traceparent, x-tenant-id"), "{allowed}");
        assert_eq!(header(&response, "Content-Length"), None);
    }
    let only = json!({"allowedOrigins": "https://app", "allowedHeaders": "X-Tenant-ID"});
    let response = respond(&mut gate(&only), asked("/wiki/mcp"));
    assert!(header(&response, "Access-Control-Allow-Headers").unwrap().ends_with("DPoP, x-tenant-id"));
    let page = respond(&mut gate(&json!({})), asked("/wiki/oauth/consent"));
    assert_eq!((page.status, header(&page, "Access-Control-Allow-Origin")), (204, None));
}

#[test]
fn a_route_proof_on_an_mcp_path_gets_404() {
    let proof = crate::context::seal_route(
        &plugin_keys(),
        NOW,
        crate::context::RoutedRequest { method: "POST", host: "h.test", path: "/wiki/mcp" },
    );
    for value in [proof.as_str(), "", "forged"] {
        let asked = request("POST", "/wiki/mcp").bearer(&token(|_| {})).with("x-mcpb-route", value);
        assert_eq!(respond(&mut gate(&json!({})), asked).status, 404);
    }
}

#[test]
fn nothing_of_one_request_is_used_for_the_next() {
    let mut gate = gate(&json!({}));
    let good = || request("POST", "/wiki/mcp").bearer(&token(|_| {}));
    let status = |gate: &mut Gate, mut asked: Request| match gate.decide(NOW, &mut asked) {
        Decision::Respond(response) => response.status,
        Decision::ForwardMcp(_) => 200,
        other => panic!("{other:?}"),
    };
    for (other, expected) in [
        (request("POST", "/wiki/mcp"), 401),
        (good().instead("x-forwarded-proto", "http"), 503),
        (good().instead("host", "other.test"), 401),
        (good().with("host", "h.test"), 400),
        (good().with("origin", "null").with("x-mcpb-route", "v1.x"), 404),
    ] {
        assert_eq!(status(&mut gate, good()), 200);
        assert_eq!(status(&mut gate, other), expected);
    }
    assert_eq!(removed(&mcp(&mut gate, good())), ["authorization"]);
    let spoofed = mcp(&mut gate, good().with("x_mcp_sub", "eve").with("cookie", "mcpb-dev-x=1"));
    assert_eq!(removed(&spoofed), ["x_mcp_sub", "authorization", "cookie"]);
    assert_eq!(removed(&mcp(&mut gate, good())), ["authorization"]);
}

/// A header whose name is not ASCII could not be removed, and a server might read the name as a reserved one.
#[test]
fn a_header_name_that_is_not_ascii_gets_503() {
    let asked = request("POST", "/wiki/mcp").bearer(&token(|_| {})).with("x-mcp-sub\u{e4}", "eve");
    let response = respond(&mut gate(&json!({})), asked);
    assert_eq!(response.status, 503);
    assert!(logged(&response).contains("not ASCII"));
}
