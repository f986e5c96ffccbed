//! Tests requests to the sidecar: the route proof, the context, the buffered response, and the route role.

use super::*;
use crate::context::{Context, Endpoint, RoutedRequest, seal_route};

fn sealed(keys: &PluginKeys, now: UnixTime, method: &str, path: &str) -> String {
    seal_route(keys, now, RoutedRequest { method, host: "h.test", path })
}

fn proven(method: &'static str, uri: &str) -> Request {
    let path = uri.split('?').next().unwrap();
    request(method, uri).with("x-mcpb-route", sealed(&plugin_keys(), NOW, method, path))
}

fn oauth(gate: &mut Gate, mut request: Request) -> (Edits, String, Pending) {
    match gate.decide(NOW, &mut request) {
        Decision::ForwardOAuth(request) => (request.edits, request.uri, request.pending),
        other => panic!("{other:?}"),
    }
}

fn context(edits: &Edits, method: &str, path: &str) -> Context {
    let [(name, value)] = &set(edits)[..] else { panic!("{edits:?}") };
    assert_eq!(*name, "X-MCPB-Context");
    Context::open(&plugin_keys(), value, NOW, method, path).unwrap()
}

/// The sidecar's HTTP server refuses a request that is too large by itself, without the sidecar's marker. That is no
/// outage, and nothing of its response is delivered.
#[test]
fn a_request_that_is_too_large_for_the_sidecar_is_the_clients_fault() {
    let (.., pending) = oauth(&mut gate(&json!({})), proven("GET", "/wiki/oauth/jwks.json"));
    let decided = |status, marker: &[Vec<u8>], is_error| {
        pending.decide(BufferedResponse { is_error, status: Some(status), marker })
    };
    for status in [413, 414, 431] {
        let ResponseDecision::Replace(response) = decided(status, &[], false) else { panic!("{status}") };
        assert_eq!((response.status, response.body.as_str()), (status, r#"{"error":"invalid_request"}"#));
        assert_eq!(response.log.as_ref().unwrap().level, Level::Info);
        // Refusals with the sidecar's marker are delivered, because they say more.
        assert!(matches!(decided(status, &[b"1".to_vec()], false), ResponseDecision::Deliver { .. }));
        let ResponseDecision::Replace(response) = decided(status, &[], true) else { panic!("{status}") };
        assert_eq!(response.status, 503, "no answer at all");
    }
    for status in [200, 400, 404, 500] {
        let ResponseDecision::Replace(response) = decided(status, &[], false) else { panic!("{status}") };
        assert_eq!(response.status, 503, "{status}: another service");
    }
}

#[test]
fn the_sidecar_gets_the_tenant_in_the_context() {
    let asked = proven("POST", "/wiki/oauth/token?dropped=1").with("X_MCPB_Context", "v1.forged");
    let (edits, uri, _) = oauth(&mut gate(&json!({})), asked);
    assert_eq!(uri, "/oauth/token");
    assert_eq!(removed(&edits), ["x-mcpb-route", "x_mcpb_context"]);
    let context = context(&edits, "POST", "/oauth/token");
    assert_eq!((context.base.as_str(), context.tid), (BASE, tid()));
    assert_eq!(context.client_address, Some([192, 0, 2, 7].into()));
    assert_eq!(context.settings.resource, "wiki");
}

#[test]
fn pages_keep_their_query() {
    let (edits, uri, _) = oauth(&mut gate(&json!({})), proven("GET", "/wiki/oauth/authorize?a=b+c&d=\"%zz"));
    assert_eq!(uri, "/oauth/authorize?a=b+c&d=%22%25zz");
    assert_eq!(context(&edits, "GET", "/oauth/authorize").endpoint, Endpoint::Authorize);
}

/// The document follows from the options, so neither the sidecar nor a router to the sidecar is needed.
#[test]
fn the_plugin_writes_the_metadata_of_a_resource() {
    let uri = "/.well-known/oauth-protected-resource/wiki/mcp?x=1";
    for asked in [request("GET", uri), proven("GET", uri), request("HEAD", uri)] {
        let response =
            respond(&mut gate(&json!({"requiredScopes": "read"})), asked.with("origin", "https://app"));
        assert_eq!((response.status, &response.log), (200, &None));
        assert_eq!(header(&response, "Content-Type"), Some("application/json"));
        assert_eq!(header(&response, "Content-Length"), Some(response.body.len().to_string().as_str()));
        assert_eq!(header(&response, "Cache-Control"), Some("no-store"));
        assert_eq!(header(&response, "Access-Control-Allow-Origin"), Some("*"));
        assert_eq!(
            serde_json::from_str::<Value>(&response.body).unwrap(),
            json!({
                "resource": "https://h.test/wiki/mcp?x=1", "authorization_servers": [BASE], "resource_name": "wiki",
                "bearer_methods_supported": ["header"], "scopes_supported": ["read"],
            })
        );
    }
    for method in ["POST", "PUT", "DELETE", "TRACE"] {
        let response = respond(&mut gate(&json!({})), proven(method, uri));
        assert_eq!((response.status, header(&response, "Allow")), (405, Some("GET, HEAD")), "{method}");
    }
    let listed = gate(&json!({"allowedOrigins": "https://page.test"}));
    assert_eq!(respond(&mut { listed }, request("GET", uri).with("origin", "https://app")).status, 403);
}

#[test]
fn the_metadata_of_a_resource_name_another_authorization_server_where_the_options_do() {
    let options = json!({
        "jwksFile": "/keys", "jwksIssuer": "https://idp.example/", "audience": "api",
        "authorizationServers": "https://idp.example/, https://second.example",
    });
    let response =
        respond(&mut gate(&options), request("GET", "/.well-known/oauth-protected-resource/wiki/mcp"));
    assert_eq!(
        serde_json::from_str::<Value>(&response.body).unwrap()["authorization_servers"],
        json!(["https://idp.example/", "https://second.example"])
    );
}

/// Clients read the server's metadata before they use a valid token. The plugin's documents promise nothing that only
/// the sidecar knows.
#[test]
fn server_metadata_are_there_without_the_sidecar() {
    for (path, openid) in [
        ("/.well-known/oauth-authorization-server/wiki", false),
        ("/wiki/.well-known/oauth-authorization-server", false),
        ("/.well-known/openid-configuration/wiki/mcp", true),
        ("/wiki/.well-known/openid-configuration", true),
    ] {
        let check = |response: &Response| {
            assert_eq!(response.status, 200, "{response:?}");
            assert_eq!(header(response, "Content-Type"), Some("application/json"));
            assert_eq!(header(response, "Content-Length"), Some(response.body.len().to_string().as_str()));
            assert_eq!(
                header(response, "Cache-Control"),
                Some("no-store"),
                "the sidecar's own is to be read again"
            );
            assert_eq!(header(response, "Access-Control-Allow-Origin"), Some("*"));
            let document: Value = serde_json::from_str(&response.body).unwrap();
            assert_eq!(document["issuer"], BASE);
            assert_eq!(document["token_endpoint"], "https://h.test/wiki/oauth/token");
            assert_eq!(document["scopes_supported"], json!(["read", "write"]));
            assert_eq!(document["client_id_metadata_document_supported"], false);
            assert_eq!(document.get("subject_types_supported").is_some(), openid, "{path}");
        };
        for method in ["GET", "HEAD"] {
            // Traefik drops the router of a container that is stopped, and the MCP router gets its paths.
            let response = respond(&mut gate(&json!({})), request(method, path));
            check(&response);
            assert!(logged(&response).contains("did not come through an OAuth router"), "{response:?}");
            let (.., pending) = oauth(&mut gate(&json!({})), proven(method, path));
            for (is_error, status, marker) in
                [(false, Some(502), &[][..]), (true, None, &[]), (false, Some(200), &[b"0".to_vec()])]
            {
                let ResponseDecision::Replace(response) =
                    pending.decide(BufferedResponse { is_error, status, marker })
                else {
                    panic!("{status:?}")
                };
                check(&response);
                assert_eq!(response.log.as_ref().unwrap().level, Level::Error);
            }
            // Every response of the sidecar is delivered, errors too.
            for status in [200, 429, 503] {
                let answer =
                    BufferedResponse { is_error: false, status: Some(status), marker: &[b"1".to_vec()] };
                assert!(matches!(pending.decide(answer), ResponseDecision::Deliver { .. }), "{status}");
            }
        }
        assert_eq!(respond(&mut gate(&json!({})), request("POST", path)).status, 503);
        let twice = request("GET", path).with("x-mcpb-route", "v1.a").with("x-mcpb-route", "v1.a");
        assert_eq!(respond(&mut gate(&json!({})), twice).status, 400, "the request itself is wrong");
        let (.., pending) = oauth(&mut gate(&json!({})), proven("POST", path));
        let answer = BufferedResponse { is_error: false, status: Some(502), marker: &[] };
        let ResponseDecision::Replace(response) = pending.decide(answer) else { panic!("{path}") };
        assert_eq!(response.status, 503);
    }
}

#[test]
fn oauth_requests_without_a_route_proof_get_503() {
    let elsewhere = sealed(&plugin_keys(), NOW, "POST", "/wiki/oauth/register");
    let method = sealed(&plugin_keys(), NOW, "GET", "/wiki/oauth/token");
    let stale = sealed(&plugin_keys(), NOW.minus(61), "POST", "/wiki/oauth/token");
    let foreign = PluginKeys::new(AnchorSeed::new(Secret::new([9; 32])).plugin_key(), vec![]);
    let forged = sealed(&foreign, NOW, "POST", "/wiki/oauth/token");
    let another_host = RoutedRequest { method: "POST", host: "other.test", path: "/wiki/oauth/token" };
    let another_host = seal_route(&plugin_keys(), NOW, another_host);
    let good = sealed(&plugin_keys(), NOW, "POST", "/wiki/oauth/token");
    let plain = || request("POST", "/wiki/oauth/token");
    for asked in [
        plain(),
        plain().with("x-mcpb-route", elsewhere),
        plain().with("x-mcpb-route", method),
        plain().with("x-mcpb-route", stale),
        plain().with("x-mcpb-route", forged),
        plain().with("x-mcpb-route", another_host),
        plain().with("x-mcpb-route", "v1.x"),
        plain().with("x_mcpb_route", good.clone()),
        plain().bearer(&token(|_| {})),
        request("GET", "/wiki/oauth/authorize?code=x"),
        request("DELETE", "/wiki/oauth/unknown"),
        request("GET", "/wiki/oauth/jwks.json"),
        request("POST", "/.well-known/oauth-authorization-server/wiki"),
    ] {
        let response = respond(&mut gate(&json!({})), asked);
        assert_eq!(
            (response.status, response.body.as_str()),
            (503, r#"{"error":"temporarily_unavailable"}"#)
        );
        assert_eq!(header(&response, "Retry-After"), Some("5"));
        let log = logged(&response);
        assert!(log.contains("traefik.http.routers.wiki-oauth.rule=Host(`h.test`)"), "{log}");
        assert!(log.contains("middlewares=mcpb-route,wiki-mcp"), "{log}");
    }
    let twice = plain().with("x-mcpb-route", good.clone()).with("x-mcpb-route", good);
    assert_eq!(respond(&mut gate(&json!({})), twice).status, 400);
    assert_eq!(respond(&mut gate(&json!({})), proven("GET", "/wiki/oauth/unknown")).status, 404);
}

/// The sidecar decides which origins may post to its pages, because it can respond with an error page.
#[test]
fn pages_are_forwarded_whatever_their_origin() {
    for path in ["/wiki/oauth/login", "/wiki/oauth/consent", "/wiki/oauth/authorize"] {
        for origin in [None, Some("null"), Some("https://evil"), Some("https://h.test")] {
            for options in [json!({}), json!({"allowedOrigins": "https://page.test"})] {
                let mut asked = proven("POST", path);
                if let Some(origin) = origin {
                    asked = asked.with("origin", origin);
                }
                let (edits, uri, pending) = oauth(&mut gate(&options), asked);
                assert_eq!(uri, path.strip_prefix("/wiki").unwrap());
                assert!(!removed(&edits).contains(&"origin".to_owned()), "{origin:?}");
                // No page of another origin may read the response.
                assert!(pending.cors.is_empty() && pending.document.is_none());
            }
        }
    }
    let app = proven("POST", "/wiki/oauth/token").with("origin", "https://app");
    let (.., pending) = oauth(&mut gate(&json!({})), app.clone());
    assert!(pending.cors.contains(&("Access-Control-Allow-Origin", "*".into())));
    let mut only = gate(&json!({"allowedOrigins": "https://page.test"}));
    assert_eq!(respond(&mut only, app).status, 403);
}

#[test]
fn the_client_address() {
    let address = |depth: &str, forwarded: &[&str]| {
        let mut asked = proven("POST", "/wiki/oauth/token");
        for value in forwarded {
            asked = asked.with("x-forwarded-for", value.as_bytes());
        }
        let (edits, ..) = oauth(&mut gate(&json!({"clientIPDepth": depth})), asked);
        context(&edits, "POST", "/oauth/token").client_address.unwrap().to_string()
    };
    assert_eq!(address("0", &["203.0.113.1"]), "192.0.2.7");
    assert_eq!(address("1", &["198.51.100.1, 203.0.113.1"]), "203.0.113.1");
    assert_eq!(address("2", &["198.51.100.1, 203.0.113.1"]), "198.51.100.1");
    assert_eq!(address("2", &["198.51.100.1", "203.0.113.1:99"]), "198.51.100.1");
    assert_eq!(address("1", &["[2001:db8::1]:443"]), "2001:db8::1");
    assert_eq!(address("1", &["2001:db8::1"]), "2001:db8::1");
    assert_eq!(address("3", &["198.51.100.1, 203.0.113.1"]), "192.0.2.7");
    assert_eq!(address("1", &["unknown"]), "192.0.2.7");
}

#[test]
fn only_responses_of_the_sidecar_are_delivered() {
    let (.., pending) = oauth(&mut gate(&json!({})), proven("POST", "/wiki/oauth/token"));
    let marker = [b"1".to_vec()];
    let decide =
        |is_error, status, marker: &[Vec<u8>]| pending.decide(BufferedResponse { is_error, status, marker });
    for status in [200, 400, 401, 503] {
        match decide(false, Some(status), &marker) {
            ResponseDecision::Deliver { remove, set } => {
                assert_eq!(remove, ["X-MCPB-Sidecar"]);
                assert!(set.contains(&("Access-Control-Allow-Origin", "*".into())));
            }
            ResponseDecision::Replace(response) => panic!("{response:?}"),
        }
    }
    let foreign = [b"0".to_vec()];
    let twice = [b"1".to_vec(), b"1".to_vec()];
    for (is_error, status, marker, reason) in [
        (false, Some(502), &[][..], "cannot be reached"),
        (false, Some(504), &[][..], "cannot be reached"),
        (true, None, &[][..], "cannot be reached"),
        (true, Some(200), &marker[..], "cannot be reached"),
        (false, Some(200), &[][..], "not the sidecar"),
        (false, Some(404), &foreign[..], "not the sidecar"),
        (false, None, &twice[..], "not the sidecar"),
    ] {
        match decide(is_error, status, marker) {
            ResponseDecision::Replace(response) => {
                assert_eq!(response.status, 503);
                assert_eq!(header(&response, "Retry-After"), Some("5"));
                assert_eq!(header(&response, "Content-Length"), Some("35"));
                assert_eq!(response.body.len(), 35);
                assert_eq!(header(&response, "Access-Control-Allow-Origin"), Some("*"));
                assert!(logged(&response).contains(reason), "{response:?}");
            }
            ResponseDecision::Deliver { .. } => panic!("{status:?}"),
        }
    }
}

#[test]
fn the_route_role_vouches_for_oauth_paths_only() {
    let mut route = gate(&json!({"role": "route"}));
    let mut asked =
        request("POST", "/wiki/oauth/token?x=1").with("X-MCPB-Route", "forged").with("x.mcpb.y", "1");
    let Decision::ForwardRoute(edits) = route.decide(NOW, &mut asked) else { panic!() };
    assert_eq!(removed(&edits), ["x-mcpb-route", "x.mcpb.y"]);
    let [(name, value)] = &set(&edits)[..] else { panic!() };
    assert_eq!(*name, "X-MCPB-Route");
    let keys = plugin_keys();
    assert!(
        crate::context::open_route(
            &keys,
            value,
            NOW,
            RoutedRequest { method: "POST", host: "h.test", path: "/wiki/oauth/token" }
        )
        .is_ok()
    );
    for path in ["/wiki/mcp", "/", "/wiki/.well-known/other"] {
        assert_eq!(respond(&mut route, request("POST", path)).status, 404, "{path}");
    }
    assert_eq!(respond(&mut route, request("POST", "/wiki%2foauth/token")).status, 400);
}

#[test]
fn the_tenant_role_accepts_the_proof_of_the_route_role() {
    let mut asked = request("GET", "/.well-known/oauth-authorization-server/wiki/mcp");
    let Decision::ForwardRoute(edits) = gate(&json!({"role": "route"})).decide(NOW, &mut asked) else {
        panic!()
    };
    let (name, value) = set(&edits).remove(0);
    let (_, uri, _) = oauth(&mut gate(&json!({})), asked.with(name, value.as_bytes()));
    assert_eq!(uri, "/.well-known/oauth-authorization-server");
}
