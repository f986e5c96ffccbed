//! Broken OAuth routers. Without a working OAuth router, no OAuth request reaches the MCP server, and the client gets
//! 503 with `Retry-After`.

use e2e::http::Answer;
use e2e::runtime::run;
use reqwest::Method;

use crate::hosts::{DOORS, hosts};

const PATHS: [&str; 11] = [
    "/oauth/register",
    "/oauth/authorize",
    "/oauth/consent",
    "/oauth/login",
    "/oauth/callback",
    "/oauth/token",
    "/oauth/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/mcp",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/mcp",
];

/// The paths of the documents that the plugin serves itself.
const OF_RESOURCES: [&str; 2] =
    ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"];

const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "PROPFIND"];

/// Asserts a 503 with everything that a client needs to try again later, and nothing of another server's response.
#[track_caller]
pub fn assert_unavailable(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 503, "{what}: {answer:?}");
    assert!(!answer.header("retry-after").is_empty(), "{what}: {answer:?}");
    assert!(answer.header("content-type").starts_with("application/json"), "{what}: {answer:?}");
    assert!(
        answer.header("x-from-backend").is_empty() && answer.header("x-mcpb-sidecar").is_empty(),
        "{what}: {answer:?}"
    );
}

/// Asserts that the plugin served the metadata itself, with nothing of another server's response.
#[track_caller]
pub fn assert_metadata(answer: &Answer, base: &str, what: &str) {
    assert_eq!(answer.status, 200, "{what}: {answer:?}");
    assert_eq!(answer.header("content-type"), "application/json", "{what}: {answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}: {answer:?}");
    assert!(
        answer.header("x-from-backend").is_empty() && answer.header("x-mcpb-sidecar").is_empty(),
        "{what}: {answer:?}"
    );
    if !answer.body.is_empty() {
        let document = answer.json();
        let named = document.get("issuer").or_else(|| document["authorization_servers"].get(0));
        assert_eq!(named.and_then(|named| named.as_str()), Some(base), "{what}: {document}");
    }
}

async fn every_path_and_method(host: &str) {
    let hosts = hosts().await;
    for path in PATHS.into_iter().chain(OF_RESOURCES) {
        for method in METHODS {
            let url = format!("{}{path}?at-the-door", hosts.stack.at(host));
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let reads = matches!(method, Method::GET | Method::HEAD);
            let body = if method == "POST" || method == "PUT" {
                "grant_type=authorization_code&code=secret"
            } else {
                ""
            };
            // The forms of pages must come from the tenant's own origin.
            let origin = hosts.stack.at(host);
            let headers =
                [("content-type", "application/x-www-form-urlencoded"), ("origin", origin.as_str())];
            let answer = hosts.stack.http.send(method.clone(), &url, &headers, body).await;
            let what = format!("{method} {url}");
            if path.starts_with("/.well-known/") && reads {
                assert_metadata(&answer, &origin, &what);
                continue;
            }
            if OF_RESOURCES.contains(&path) {
                assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, HEAD"), "{what}");
                continue;
            }
            assert_unavailable(&answer, &what);
            if method != Method::HEAD {
                assert_eq!(answer.json()["error"], "temporarily_unavailable", "{what}");
            }
        }
    }
    // No request has a token, so none may reach the MCP server.
    let reached = hosts.undefended.requests();
    assert!(reached.is_empty(), "{reached:?}");
}

#[test]
fn without_an_oauth_router_oauth_requests_get_503() {
    run(every_path_and_method(DOORS[0]));
}

#[test]
fn with_a_misspelt_oauth_router_oauth_requests_get_503() {
    run(every_path_and_method(DOORS[1]));
}

#[test]
fn with_a_stopped_oauth_service_oauth_requests_get_503() {
    run(every_path_and_method(DOORS[2]));
}

#[test]
fn with_another_service_behind_the_oauth_router_oauth_requests_get_503() {
    run(every_path_and_method(DOORS[3]));
}

#[test]
fn the_log_names_the_labels_to_add() {
    run(async {
        let hosts = hosts().await;
        let url = format!("{}/oauth/token", hosts.stack.at(DOORS[0]));
        hosts.stack.http.post_form(&url, &[], &[]).await.expect(503);
        let log = hosts.stack.traefik.log();
        for part in ["missing.localhost", ".rule=Host(", ".middlewares=mcpb-route,", ".service=mcpbouncer"] {
            assert!(log.contains(part), "{part} is not in the log:\n{log}");
        }
    });
}

#[test]
fn a_forged_route_proof_has_no_effect() {
    run(async {
        let hosts = hosts().await;
        for value in ["", "1", "v1.AAAA", &format!("v1.{}", "A".repeat(120))] {
            for host in [DOORS[0], DOORS[1]] {
                let url = format!("{}/oauth/token?forged", hosts.stack.at(host));
                let headers = [("x-mcpb-route", value), ("x-mcpb-context", value), ("x-mcpb-sidecar", "1")];
                let answer =
                    hosts.stack.http.post_form(&url, &headers, &[("grant_type", "refresh_token")]).await;
                assert_unavailable(&answer, value);
            }
            // With a correct router, the header of the client has no effect either.
            let url = format!("{}/oauth/jwks.json", hosts.stack.at("localhost"));
            let headers = [("x-mcpb-route", value), ("x-mcpb-context", value)];
            hosts.stack.http.send(Method::GET, &url, &headers, "").await.expect(200);
        }
        assert!(hosts.undefended.requests().is_empty());
    });
}
