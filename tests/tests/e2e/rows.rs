//! The MCP specification's requirements for a resource server, tested through real Traefik. The rows are those of
//! docs/conformance.md, which also names the tests of rows that are tested elsewhere.

use e2e::browser::Person;
use e2e::flow::{Flow, REDIRECT, claims};
use e2e::http::{Answer, Http};
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use reqwest::Method;

use crate::hosts::hosts;

/// Returns the tenant that requires a scope that alice may not have, and allows pages of only one origin.
async fn strict() -> Flow {
    hosts().await.host("strict.localhost")
}

#[track_caller]
fn challenge(answer: &Answer) -> String {
    let all = answer.headers("www-authenticate");
    assert_eq!(all.len(), 1, "{answer:?}");
    assert!(all[0].starts_with("Bearer ") && all[0].contains("resource_metadata=\""), "{answer:?}");
    all[0].to_owned()
}

/// R5, R6, R7: 401 for a missing and for an invalid token; `error` only for the latter; `scope` in both.
#[test]
fn r5_r6_r7_missing_and_invalid_tokens_get_401_with_a_challenge() {
    run(async {
        let tenant = hosts().await.host("scoped.localhost");
        let bare = tenant.http.send(Method::POST, &tenant.mcp(), &[], "{}").await.expect(401);
        assert!(!challenge(&bare).contains("error"), "{bare:?}");
        assert!(challenge(&bare).contains("scope=\"read\""), "{bare:?}");
        let other_scheme = [("authorization", "Basic YTpi")];
        let basic = tenant.http.send(Method::POST, &tenant.mcp(), &other_scheme, "{}").await.expect(401);
        assert!(!challenge(&basic).contains("error"), "{basic:?}");
        let access = tenant.tokens("rows", Person::user(ALICE)).await.access;
        let (head, signature) = access.rsplit_once('.').expect("a signature");
        let turned: String = signature.chars().rev().collect();
        for token in ["invalid", &format!("{head}.{turned}"), &format!("{head}.")] {
            let answer = tenant.call(token).await.expect(401);
            assert!(challenge(&answer).contains("error=\"invalid_token\""), "{answer:?}");
            assert!(challenge(&answer).contains("scope=\"read\""), "{answer:?}");
        }
    });
}

/// R8, R9: 403 with all required scopes in one challenge.
#[test]
fn r8_r9_insufficient_scope_gets_403_with_all_required_scopes() {
    run(async {
        let tenant = strict().await;
        let access = tenant.tokens("rows", Person::user(ALICE)).await.access;
        assert_eq!(claims(&access)["scope"], "read", "alice is not in the group for `admin`");
        let answer = tenant.call(&access).await.expect(403);
        let challenge = challenge(&answer);
        assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
        assert!(challenge.contains("scope=\"admin read\""), "{challenge}");
        assert_eq!(answer.json()["error"], "insufficient_scope");
    });
}

/// R11, R12: the challenge and the document name only the required scopes, and never `offline_access`.
#[test]
fn r11_r12_challenge_and_metadata_name_only_required_scopes() {
    run(async {
        let tenant = hosts().await.host("scoped.localhost");
        let answer = tenant.http.send(Method::POST, &tenant.mcp(), &[], "{}").await.expect(401);
        assert!(!challenge(&answer).contains("offline_access"), "{answer:?}");
        let url = format!("{}/.well-known/oauth-protected-resource/mcp", tenant.base);
        let document = tenant.http.get(&url).await.expect(200).json();
        assert_eq!(
            document["scopes_supported"],
            serde_json::json!(["read"]),
            "write and admin are offered too"
        );
    });
}

/// Asserts that headers without a token get 401 with the challenge, and that malformed headers get 400.
async fn no_token_and_malformed_ones(http: &Http, tenant: &Flow) {
    for value in ["Bearer ", "Bearer", "bearer   ", ""] {
        let headers = [("authorization", value)];
        let answer = http.send(Method::POST, &tenant.mcp(), &headers, "{}").await.expect(401);
        assert!(!challenge(&answer).contains("error"), "{value:?}: {answer:?}");
    }
    for value in ["Bearer a b", "Bearer ,", "Bea(rer x"] {
        let headers = [("authorization", value)];
        let answer = http.send(Method::POST, &tenant.mcp(), &headers, "{}").await.expect(400);
        assert!(challenge(&answer).contains("error=\"invalid_request\""), "{value:?}: {answer:?}");
    }
}

/// R16, R17: the token is accepted only in the `Authorization` header, at every request; a malformed header gets 400. A
/// scheme without a token, which clients without a token send, counts as no token and gets the same challenge.
#[test]
fn r16_r17_the_token_is_accepted_only_in_the_authorization_header() {
    run(async {
        let tenant = hosts().await.path("docs");
        let access = tenant.tokens("rows", Person::user(ALICE)).await.access;
        tenant.call(&access).await.expect(200);
        let session = [("mcp-session-id", "known"), ("cookie", "access_token=x")];
        tenant.http.send(Method::POST, &tenant.mcp(), &session, "{}").await.expect(401);
        let form = [("access_token", access.as_str())];
        tenant.http.post_form(&tenant.mcp(), &[], &form).await.expect(401);
        let cookie = format!("access_token={access}");
        tenant.http.send(Method::POST, &tenant.mcp(), &[("cookie", &cookie)], "{}").await.expect(401);
        let url = format!("{}?access_token={access}", tenant.mcp());
        let bearer = format!("Bearer {access}");
        for headers in [&[][..], &[("authorization", bearer.as_str())]] {
            let answer = tenant.http.send(Method::POST, &url, headers, "{}").await.expect(400);
            assert_eq!(answer.json()["error"], "invalid_request");
            let told = format!("{:?} {}", answer.headers, answer.body);
            assert!(!told.contains(&access), "the response repeats the token: {told}");
        }
        no_token_and_malformed_ones(&tenant.http, &tenant).await;
        let twice = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
        let answer = tenant.http.send(Method::POST, &tenant.mcp(), &twice, "{}").await.expect(400);
        assert!(challenge(&answer).contains("error=\"invalid_request\""), "{answer:?}");
    });
}

/// R18: an origin that is not allowed gets 403, with and without a token, whatever the method.
#[test]
fn r18_origins_that_are_not_allowed_get_403() {
    run(async {
        let tenant = strict().await;
        let access = tenant.tokens("rows", Person::user(ALICE)).await.access;
        let bearer = format!("Bearer {access}");
        for method in [Method::POST, Method::GET, Method::DELETE, Method::HEAD] {
            for headers in
                [&[("origin", "https://evil.example")][..], &[("origin", "null"), ("authorization", &bearer)]]
            {
                let answer = tenant.http.send(method.clone(), &tenant.mcp(), headers, "").await.expect(403);
                assert_eq!(answer.headers("www-authenticate").len(), 0, "{answer:?}");
            }
        }
        let ours = [("origin", "https://app.example")];
        tenant.http.send(Method::POST, &tenant.mcp(), &ours, "{}").await.expect(401);
    });
}

/// R19, R20: a resource in upper case is the same resource, and tokens contain its canonical form.
#[test]
fn r19_r20_resources_are_accepted_in_upper_case_and_issued_in_canonical_form() {
    run(async {
        let tenant = hosts().await.path("docs");
        let client = tenant.register("rows").await;
        let loud = tenant.mcp().replace("http://paths.localhost", "HTTP://PATHS.LOCALHOST");
        assert_ne!(loud, tenant.mcp());
        let url = tenant.authorize_url(&client, &[("resource", &loud)]);
        let mut browser = e2e::browser::Browser::new(&tenant.http);
        let outcome = browser.log_in(&url, Person::user(ALICE)).await;
        let code = outcome.parameter("code").expect("a code");
        let answer = tenant.redeem_for(&client, &code, &loud).await.expect(200);
        let access = answer.json()["access_token"].as_str().expect("a token").to_owned();
        assert_eq!(claims(&access)["aud"], tenant.mcp());
        tenant.call(&access).await.expect(200);
        let fragment = tenant.authorize_url(&client, &[("resource", &format!("{}#part", tenant.mcp()))]);
        let answer = tenant.http.get(&fragment).await;
        let sent_back = answer.header("location");
        assert!(sent_back.starts_with(REDIRECT) && sent_back.contains("error=invalid_target"), "{answer:?}");
    });
}

/// R21, R22, R24, R25, R26: headers and bodies of every revision reach the MCP server unchanged, and none of them
/// replaces a token.
#[test]
fn r21_r22_r24_r25_r26_mcp_headers_and_bodies_are_forwarded_and_do_not_authorize() {
    run(async {
        let hosts = hosts().await;
        let tenant = hosts.path("docs");
        let access = tenant.tokens("rows", Person::user(ALICE)).await.access;
        let sent = [
            ("mcp-session-id", "user:handle"),
            ("last-event-id", "41"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "=?base64?8J+Yig==?="),
            ("mcp-param-unknown", "1e3"),
        ];
        for method in [Method::POST, Method::DELETE, Method::PUT] {
            let marker = format!("rows {method}");
            let marked = [&sent[..], &[("x-marker", marker.as_str())]].concat();
            let body =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"note\":\"not what Mcp-Method says\"}";
            tenant.http.send(method.clone(), &tenant.mcp(), &marked, body).await.expect(401);
            assert!(hosts.backend.requests_with_marker(&marker).is_empty());
            let bearer = format!("Bearer {access}");
            let with = [&marked[..], &[("authorization", bearer.as_str())]].concat();
            tenant.http.send(method, &tenant.mcp(), &with, body).await.expect(200);
            let seen = hosts.backend.requests_with_marker(&marker).pop().expect("the request");
            for (name, value) in sent {
                assert_eq!(seen.values(name), [value], "{name}");
            }
            assert_eq!(seen.text(), body);
        }
    });
}

/// R23: the plugin's own error responses have a status and a JSON body with OAuth's error code.
#[test]
fn r23_errors_have_a_status_and_a_json_body() {
    run(async {
        let tenant = hosts().await.path("docs");
        let malformed = [("authorization", "Bearer a b")];
        for (headers, status, error) in [
            (&[][..], 401, "unauthorized"),
            (&malformed, 400, "invalid_request"),
            (&[("authorization", "Bearer x")], 401, "invalid_token"),
        ] {
            let answer = tenant.http.send(Method::POST, &tenant.mcp(), headers, "{}").await.expect(status);
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.json(), serde_json::json!({ "error": error }));
        }
    });
}

/// R27: http is accepted only on loopback.
#[test]
fn r27_https_is_required_except_on_loopback() {
    run(async {
        let port = hosts().await.stack.traefik.port();
        for (scheme, status) in [("https", 401), ("http", 503), ("wss", 401), ("ws", 503)] {
            let request = format!(
                "POST /wiki/mcp HTTP/1.1\r\nHost: h.test\r\nX-Forwarded-Proto: {scheme}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let answer = e2e::wire::exchange(port, request.as_bytes()).await;
            assert_eq!(answer.status(), status, "{scheme}: {answer:?}");
        }
    });
}

/// Every method is tested over HTTP/1.1 and over HTTP/2.
#[test]
fn every_method_works_over_http_1_1_and_http_2() {
    run(async {
        let hosts = hosts().await;
        let tenant = hosts.path("code");
        let access = tenant.tokens("rows", Person::user(ALICE)).await.access;
        let bearer = format!("Bearer {access}");
        for (version, http) in [("1.1", tenant.http.clone()), ("2", tenant.http.clone().over_http2())] {
            for method in [Method::POST, Method::DELETE, Method::PUT, Method::PATCH, Method::HEAD] {
                let marker = format!("version {version} {method}");
                let marked = ("x-marker", marker.as_str());
                let without = http.send(method.clone(), &tenant.mcp(), &[marked], "").await.expect(401);
                assert!(challenge(&without).contains("resource_metadata"));
                assert_eq!(without.body.is_empty(), method == Method::HEAD, "{marker}");
                assert!(hosts.backend.requests_with_marker(&marker).is_empty(), "{marker}");
                let headers = [marked, ("authorization", bearer.as_str()), ("x_mcp_sub", "eve")];
                http.send(method, &tenant.mcp(), &headers, "").await.expect(200);
                let seen = hosts.backend.requests_with_marker(&marker).pop().expect("the request");
                assert_eq!(seen.values("x-mcp-sub").len(), 1, "{marker}: {seen:?}");
                assert!(seen.values("x_mcp_sub").is_empty() && seen.values("authorization").is_empty());
            }
            no_token_and_malformed_ones(&http, &tenant).await;
            let twice = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
            http.send(Method::POST, &tenant.mcp(), &twice, "").await.expect(400);
            let preflight = [("origin", "https://a.example"), ("access-control-request-method", "DELETE")];
            let answer = http.send(Method::OPTIONS, &tenant.mcp(), &preflight, "").await.expect(204);
            assert!(answer.header("access-control-allow-methods").contains("DELETE"), "{answer:?}");
            let mut stream =
                http.open(Method::GET, &tenant.mcp(), &[("authorization", bearer.as_str())], "").await;
            assert_eq!(stream.status(), 200);
            let event = e2e::wait::within("the first event", stream.chunk()).await.expect("a stream");
            assert!(event.is_some(), "HTTP/{version}");
            for path in
                ["/oauth/token", "/oauth/", "/oauth/../oauth/token", "/oauth%2ftoken", "//oauth/token"]
            {
                let url = format!("{}{path}?x-marker-{version}", tenant.base);
                http.send(Method::POST, &url, &[("authorization", bearer.as_str())], "").await;
                assert!(hosts.backend.requests_marked(&format!("x-marker-{version}")).is_empty(), "{path}");
            }
        }
    });
}
