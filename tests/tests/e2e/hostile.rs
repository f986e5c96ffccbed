//! Hostile clients: spoofed identities, stolen and forged proofs, and calls to the sidecar's own address.

use std::collections::BTreeMap;

use e2e::browser::Person;
use e2e::flow::{Flow, claims};
use e2e::runtime::run;
use e2e::sidecar::{ALICE, Keys, Sidecar};
use e2e::wire::{self, Message};
use reqwest::Method;

use crate::hosts::{DOORS, hosts};

/// Folds a header name as many backends do: ignores case, and treats all characters except letters and digits alike.
fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

fn values_folded<'a>(request: &'a Message, name: &str) -> Vec<&'a [u8]> {
    let same = request.headers.iter().filter(|(own, _)| folded(own) == folded(name));
    same.map(|(_, value)| value.as_slice()).collect()
}

/// Sends a request with these header lines to a tenant of `paths.localhost`. Returns the requests that reached the MCP
/// server.
async fn reaching(tenant: &Flow, marker: &str, lines: &str) -> Vec<Message> {
    let hosts = hosts().await;
    let port = hosts.stack.traefik.port();
    let request = format!(
        "POST /docs/mcp?{marker} HTTP/1.1\r\nHost: paths.localhost:{port}\r\n{lines}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    let answer = wire::exchange(port, request.as_bytes()).await;
    assert!(matches!(answer.status(), 200 | 400 | 404), "{} {answer:?}", tenant.base);
    hosts.backend.requests_marked(marker)
}

#[test]
fn a_spoofed_identity_never_reaches_the_mcp_server() {
    run(async {
        let tenant = hosts().await.path("docs");
        let access = tenant.tokens("hostile", Person::user(ALICE)).await.access;
        let subject = claims(&access)["sub"].as_str().expect("a subject").to_owned();
        let aliases = [
            "X-Mcp-Sub",
            "x-mcp-sub",
            "X-MCP-SUB",
            "x_mcp_sub",
            "X_Mcp_Sub",
            "X.Mcp.Sub",
            "X~Mcp~Sub",
            "X-Mcp_Sub",
            "X!Mcp#Sub",
            "X$Mcp%Sub",
            "X&Mcp'Sub",
            "X*Mcp+Sub",
            "X^Mcp`Sub",
            "X|Mcp|Sub",
            "XMcpSub",
            "X--Mcp--Sub",
            "-X-Mcp-Sub-",
            "_x.mcp~sub_",
        ];
        for (number, alias) in aliases.iter().enumerate() {
            let marker = format!("spoof-{number}-end");
            let lines = format!(
                "Authorization: Bearer {access}\r\n{alias}: eve\r\n{alias}: mallory\r\nConnection: close\r\n"
            );
            for request in reaching(&tenant, &marker, &lines).await {
                assert_eq!(
                    values_folded(&request, "X-Mcp-Sub"),
                    [subject.as_bytes()],
                    "{alias}: {request:?}"
                );
            }
        }
        let others = "X_Mcp_Scopes: admin\r\nX.Mcp.Iss: https://evil.example\r\nX_MCPB_Context: x\r\nX-MCPB-Sidecar: 1\r\n";
        let lines = format!("Authorization: Bearer {access}\r\n{others}Connection: close\r\n");
        let seen = reaching(&tenant, "spoof-others-end", &lines).await.pop().expect("the request");
        assert_eq!(values_folded(&seen, "X-Mcp-Iss"), [tenant.base.as_bytes()]);
        assert!(!values_folded(&seen, "X-Mcp-Scopes").contains(&&b"admin"[..]));
        assert!(seen.headers.iter().all(|(name, _)| !folded(name).starts_with("xmcpb")), "{seen:?}");
    });
}

/// `Connection` names headers that a proxy removes before it forwards a request.
#[test]
fn a_client_cannot_have_the_identity_removed() {
    run(async {
        let tenant = hosts().await.path("docs");
        let access = tenant.tokens("hostile", Person::user(ALICE)).await.access;
        let subject = claims(&access)["sub"].as_str().expect("a subject").to_owned();
        let lines = format!(
            "Authorization: Bearer {access}\r\nConnection: close, X-Mcp-Sub, X-Mcp-Iss, X-Mcp-Scopes\r\n"
        );
        for request in reaching(&tenant, "removed-end", &lines).await {
            assert_eq!(request.values("x-mcp-sub"), [subject.as_str()], "{request:?}");
            assert_eq!(request.values("x-mcp-iss"), [tenant.base.as_str()], "{request:?}");
        }
    });
}

#[test]
fn the_mcp_server_sees_neither_the_token_nor_our_cookies() {
    run(async {
        let tenant = hosts().await.path("docs");
        let access = tenant.tokens("hostile", Person::user(ALICE)).await.access;
        let cookies = "Cookie: theirs=1; __Host-mcpb-a=secret; mcpb-dev-b=secret; more=2\r\n";
        let lines = format!(
            "Authorization: Bearer {access}\r\n{cookies}Mcp-Session-Id: s\r\nMCP-Protocol-Version: 2025-11-25\r\nConnection: close\r\n"
        );
        let seen = reaching(&tenant, "cookies-end", &lines).await.pop().expect("the request");
        assert!(seen.values("authorization").is_empty(), "{seen:?}");
        let cookie = seen.values("cookie").join("; ");
        assert!(
            cookie.contains("theirs=1") && cookie.contains("more=2") && !cookie.contains("secret"),
            "{cookie}"
        );
        assert_eq!(seen.values("mcp-session-id"), ["s"]);
        assert_eq!(seen.values("mcp-protocol-version"), ["2025-11-25"]);
    });
}

/// Returns the context that the plugin sealed for a request, as a server behind a wrong OAuth router sees it. The
/// marker is a header, because the plugin removes the query for endpoints that have none.
async fn captured_context(path: &str, marker: &str) -> String {
    let hosts = hosts().await;
    let url = format!("{}{path}", hosts.stack.at(DOORS[3]));
    hosts.stack.http.send(Method::GET, &url, &[("x-marker", marker)], "").await.expect(503);
    let seen = hosts.backend.requests_with_marker(marker).pop().expect("the request");
    assert!(seen.values("x-mcpb-route").is_empty(), "the route proof was not removed: {seen:?}");
    seen.values("x-mcpb-context").pop().expect("a context")
}

#[test]
fn the_sidecar_requires_a_context_for_the_same_method_and_path() {
    run(async {
        let hosts = hosts().await;
        let sidecar = hosts.stack.sidecar.url();
        let context = captured_context("/oauth/jwks.json", "the sidecar itself").await;
        let ask = async |method: &str, path: &str, context: Option<&str>| {
            let headers: Vec<(&str, &str)> =
                context.map(|value| ("x-mcpb-context", value)).into_iter().collect();
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            hosts.stack.http.send(method, &format!("{sidecar}{path}"), &headers, "").await
        };
        ask("GET", "/oauth/jwks.json", Some(&context)).await.expect(200);
        for path in [
            "/oauth/jwks.json",
            "/oauth/token",
            "/oauth/authorize",
            "/oauth/register",
            "/oauth/login",
            "/oauth/consent",
            "/oauth/callback",
            "/.well-known/oauth-authorization-server",
            "/.well-known/oauth-protected-resource",
        ] {
            for method in ["GET", "POST"] {
                ask(method, path, None).await.expect(403);
                ask(method, path, Some("v1.AAAA")).await.expect(403);
                if (method, path) != ("GET", "/oauth/jwks.json") {
                    ask(method, path, Some(&context)).await.expect(403);
                }
            }
        }
        // Any single character is changed.
        for at in [3, context.len() / 2, context.len() - 1] {
            let mut changed = context.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("text");
            ask("GET", "/oauth/jwks.json", Some(&changed)).await.expect(403);
        }
    });
}

#[test]
fn a_context_sent_by_a_client_has_no_effect() {
    run(async {
        let hosts = hosts().await;
        let context = captured_context("/oauth/jwks.json", "from outside").await;
        let before = hosts
            .stack
            .http
            .get(&format!("{}/oauth/jwks.json", hosts.stack.at("localhost")))
            .await
            .expect(200);
        let url = format!("{}/oauth/jwks.json", hosts.stack.at("localhost"));
        let after =
            hosts.stack.http.send(Method::GET, &url, &[("x-mcpb-context", &context)], "").await.expect(200);
        assert_eq!(before.body, after.body);
        // The context has no effect without an OAuth router either.
        let url = format!("{}/oauth/jwks.json?carried", hosts.stack.at(DOORS[0]));
        hosts.stack.http.send(Method::GET, &url, &[("x-mcpb-context", &context)], "").await.expect(503);
        assert!(hosts.undefended.requests().is_empty());
    });
}

#[test]
fn a_replayed_route_proof_has_no_effect_at_other_tenants_and_paths() {
    run(async {
        let hosts = hosts().await;
        // A server behind a router with the route middleware sees a valid proof.
        let url = format!("{}/oauth/register?leaked", hosts.stack.at("leak.localhost"));
        hosts.stack.http.get(&url).await.expect(200);
        let seen = hosts.backend.requests_marked("leaked").pop().expect("the request");
        let proof = seen.values("x-mcpb-route").pop().expect("a proof");
        let headers = [("x-mcpb-route", proof.as_str())];
        for (method, path) in [
            // The request for which the proof was made, at another tenant's host.
            (Method::GET, "/oauth/register"),
            (Method::GET, "/oauth/token"),
            (Method::POST, "/oauth/register"),
            (Method::GET, "/oauth/jwks.json"),
        ] {
            let url = format!("{}{path}?replayed", hosts.stack.at(DOORS[0]));
            let origin = hosts.stack.at(DOORS[0]);
            let headers = [headers[0], ("origin", origin.as_str())];
            hosts.stack.http.send(method, &url, &headers, "").await.expect(503);
        }
        // On an MCP path the proof is refused, even with a valid token.
        let tenant = hosts.path("docs");
        let access = tenant.tokens("hostile", Person::user(ALICE)).await.access;
        tenant.call_at(&format!("{}?replayed", tenant.mcp()), &access, &headers).await.expect(404);
        assert!(hosts.backend.requests_marked("replayed").is_empty());
        assert!(hosts.undefended.requests().is_empty());
    });
}

/// The fixture was captured with `captured_context` from a stack with this encryption key. If the format of the context
/// changes, capture and commit a new fixture.
#[test]
fn an_expired_context_is_refused() {
    run(async {
        let text = include_str!("../../fixtures/expired-context.env");
        let fixture: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
        let keys =
            Keys { encryption_key: fixture["BOUNCER_ENCRYPTION_KEY"].to_owned(), ..Keys::generate().await };
        let sidecar = Sidecar::start(&keys, &[ALICE], &[]).await;
        let http = hosts().await.stack.http.clone();
        let url = format!("{}/oauth/jwks.json", sidecar.url());
        let answer =
            http.send(Method::GET, &url, &[("x-mcpb-context", fixture["CONTEXT"])], "").await.expect(503);
        assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
        assert!(sidecar.log().contains("clock_skew"), "{}", sidecar.log());
    });
}
