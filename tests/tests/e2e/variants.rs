//! Unusual spellings of hosts and paths, one per row, sent byte by byte through real Traefik, with a valid token and
//! without a token.

use e2e::browser::Person;
use e2e::flow::Flow;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::wire::{Message, exchange};

use crate::hosts::hosts;

/// The expected result of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    /// With a token, the MCP server's response; without one, a challenge that names this resource.
    Mcp(&'static str),
    /// With and without a token, the token endpoint's `invalid_client`.
    Token,
    /// With and without a token, this status.
    Status(u16),
}
use Expected::{Mcp, Status, Token};

async fn asked(start: &str, host: &str, more: &str) -> Message {
    let request = format!(
        "{start} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\n{more}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    exchange(hosts().await.stack.traefik.port(), request.as_bytes()).await
}

/// Returns the result of one row, in a form that can be compared and printed.
async fn outcome(host: &str, target: &str, access: &str, marker: &str) -> Result<Expected, String> {
    let start = format!("POST {target}");
    let marked = format!("X-Marker: {marker}\r\n");
    let without = asked(&start, host, &marked).await;
    assert!(hosts().await.backend.requests_with_marker(marker).is_empty(), "{target}: in without a token");
    let with = asked(&start, host, &format!("{marked}Authorization: Bearer {access}\r\n")).await;
    let reached = hosts().await.backend.requests_with_marker(marker).len();
    match (without.status(), with.status(), reached) {
        (401, 200, 1) => {
            let challenge = without.values("www-authenticate").join(", ");
            let url = challenge.split("resource_metadata=\"").nth(1).and_then(|rest| rest.split('"').next());
            Ok(Mcp(String::leak(url.unwrap_or_default().to_owned())))
        }
        (401, 401, 0) if [without, with].iter().all(|answer| answer.text().contains("invalid_client")) => {
            Ok(Token)
        }
        (one, other, 0) if one == other => Ok(Status(one)),
        other => Err(format!("{other:?}")),
    }
}

async fn table(base: &str, rows: &[(&str, &str, Expected)]) {
    let tenant = Flow::new(&hosts().await.stack.http, base);
    let access = tenant.tokens("variants", Person::user(ALICE)).await.access;
    let mut wrong = Vec::new();
    for (number, (host, target, expected)) in rows.iter().enumerate() {
        let marker = format!("{base} {number}");
        let seen = outcome(host, target, &access, &marker).await;
        if seen != Ok(*expected) {
            wrong.push(format!("{host} {target}: {seen:?}, not {expected:?}"));
        }
        // After each row, the next request is served.
        tenant.call(&access).await.expect(200);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn spellings_of_hosts_and_paths_of_a_path_tenant_are_routed_or_refused() {
    const MCP: Expected = Mcp("https://h.test/.well-known/oauth-protected-resource/wiki/mcp");
    run(table(
        "https://h.test/wiki",
        &[
            ("h.test", "/wiki/mcp", MCP),
            ("H.TEST", "/wiki/mcp", MCP),
            ("H.TEST.", "/wiki/mcp", MCP),
            ("H.TEST.:443", "/wiki/mcp", MCP),
            ("h.test:443", "/wiki/mcp", MCP),
            ("h.test", "/wiki", Mcp("https://h.test/.well-known/oauth-protected-resource/wiki")),
            ("h.test", "/wiki/", Mcp("https://h.test/.well-known/oauth-protected-resource/wiki/")),
            ("h.test", "/wikipedia", Status(404)),
            ("h.test", "/wikipedia/oauth/token", Status(404)),
            ("h.test", "/wiki;x", Status(404)),
            ("h.test", "/WIKI/mcp", Status(404)),
            ("h.test", "/", Status(404)),
            ("h.test", "/oauth/token", Status(404)),
            ("h.test", "/wiki/mcp;x", Mcp("https://h.test/.well-known/oauth-protected-resource/wiki/mcp;x")),
            (
                "h.test",
                "/wiki/oauth;/token",
                Mcp("https://h.test/.well-known/oauth-protected-resource/wiki/oauth;/token"),
            ),
            ("h.test", "/wiki/oauth%2ftoken", Status(400)),
            ("h.test", "/wiki/..;/other/mcp", Status(400)),
            ("h.test", "/wiki/mcp%00", Status(400)),
            ("h.test", "/wiki/%5cmcp", Status(400)),
            ("h.test", "/wiki/%252e%252e/", Status(400)),
            ("h.test", "/wiki/mcp?a=1;access_token=x", Status(400)),
            ("h.test", "/wiki/oauth/token", Token),
            ("h.test", "/wiki/oauth/token/", Status(404)),
            ("h.test", "/wiki/oauth/token;x", Status(404)),
            ("h.test", "/wiki/mcp/.well-known/openid-configuration", Status(404)),
            ("h.test", "/.well-known/openid-configuration", Status(404)),
            ("other.test", "/wiki/mcp", Status(404)),
            // Traefik decodes and cleans a path before routing, but keeps reserved escapes. For the router and the
            // plugin, these are other paths.
            ("h.test", "/wiki%2foauth/token", Status(404)),
            ("h.test", "/wiki%2Foauth/token", Status(404)),
            ("h.test", "/wiki/%2e%2e/mcp", Status(404)),
            ("h.test", "/wiki/%2e%2e/other/mcp", Status(401)),
            ("h.test", "/wiki/../other/mcp", Status(401)),
            ("h.test", "/wiki\\oauth\\token", Status(404)),
            ("h.test", "//wiki//mcp", MCP),
            ("h.test", "/wiki/./mcp", MCP),
            ("h.test", "/wiki/oauth//token", Token),
            ("h.test", "/wiki/%6fauth/token", Token),
        ],
    ));
}

#[test]
fn spellings_of_hosts_and_paths_of_a_host_tenant_are_routed_or_refused() {
    const MCP: Expected = Mcp("https://alone.test/.well-known/oauth-protected-resource/mcp");
    run(table(
        "https://alone.test",
        &[
            ("alone.test", "/mcp", MCP),
            ("ALONE.TEST.:443", "/mcp", MCP),
            ("alone.test", "//mcp", MCP),
            ("alone.test", "/x/%2e%2e/mcp", MCP),
            ("alone.test", "/", Mcp("https://alone.test/.well-known/oauth-protected-resource/")),
            ("alone.test", "/oauth/token", Token),
            ("alone.test", "/x/../oauth/token", Token),
            ("alone.test", "/oauth/token/", Status(404)),
            ("alone.test", "/oauth/", Status(404)),
            ("alone.test", "/oauth%2ftoken", Status(400)),
            ("alone.test", "/x%2f..%2foauth/token", Status(400)),
            ("alone.test", "/mcp%5c", Status(400)),
            ("alone.test", "/mcp\\x", Status(400)),
            ("alone.test", "/..;/mcp", Status(400)),
            ("alone.test", "/%25", Status(400)),
            ("alone.test", "/mcp%00", Status(400)),
            (
                "alone.test",
                "/mcp?x=%2F%5C..",
                Mcp("https://alone.test/.well-known/oauth-protected-resource/mcp?x=%2F%5C.."),
            ),
            ("alone.test", "/mcp/.well-known/oauth-protected-resource", Status(404)),
        ],
    ));
}
