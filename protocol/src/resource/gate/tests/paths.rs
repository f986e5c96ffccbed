//! Tests ways to write a host or a path, one row each, with a valid token.

use super::*;

#[derive(Debug, PartialEq)]
enum Outcome {
    Mcp,
    Status(u16),
}
use Outcome::{Mcp, Status};

fn outcome(options: &Value, asked: Request) -> Outcome {
    let token = token(|claims| {
        if options.get("pathPrefix").is_some() {
            claims.iss = "https://h.test".to_owned();
        }
    });
    match gate(options).decide(NOW, &mut asked.bearer(&token)) {
        Decision::ForwardMcp(_) => Mcp,
        Decision::Respond(response) => Status(response.status),
        other => panic!("{other:?}"),
    }
}

#[test]
fn paths_of_a_path_tenant() {
    for (uri, expected) in [
        ("/wiki", Mcp),
        ("/wiki/", Mcp),
        ("/wiki/mcp", Mcp),
        ("/wiki/mcp?a=b;c", Mcp),
        ("/wiki?x=%2F..%5C//", Mcp),
        ("/wiki/;x", Mcp),
        ("/wiki/%41", Mcp),
        ("/wiki/oauth", Mcp),
        ("/wikipedia", Status(404)),
        ("/wiki;x", Status(404)),
        ("/WIKI/mcp", Status(404)),
        ("/", Status(404)),
        ("/oauth/token", Status(404)),
        ("/wiki/oauth/token", Status(503)),
        ("/wiki/oauth/token/", Status(503)),
        ("/wiki/oauth/token;x", Status(503)),
        ("/wiki/oauth/", Status(503)),
        ("/wiki/.well-known/oauth-protected-resource", Status(405)),
        ("/wiki/.well-known/oauth-authorization-server", Status(503)),
        ("/wiki/mcp/.well-known/oauth-protected-resource", Status(404)),
        ("/.well-known/oauth-protected-resource", Status(404)),
        ("/wiki%2foauth/token", Status(400)),
        ("/wiki%2Foauth/token", Status(400)),
        ("/wiki/oauth%2ftoken", Status(400)),
        ("/wiki/%2e%2e/other", Status(400)),
        ("/wiki/%2E./other", Status(400)),
        ("/wiki/../other", Status(400)),
        ("/wiki/./mcp", Status(400)),
        ("/wiki/..;/other", Status(400)),
        ("/wiki/..", Status(400)),
        ("//wiki/mcp", Status(400)),
        ("/wiki//oauth/token", Status(400)),
        ("/wiki/mcp//", Status(400)),
        ("/wiki\\mcp", Status(400)),
        ("/wiki/%5cmcp", Status(400)),
        ("/wiki/%252e", Status(400)),
        ("/wiki/%00", Status(400)),
        ("/wiki/%zz", Status(400)),
        ("/wiki/%", Status(400)),
        ("/wiki/a b", Status(400)),
        ("/wiki/\u{e4}", Status(400)),
        ("wiki/mcp", Status(400)),
        ("https://h.test/wiki/mcp", Status(400)),
        ("*", Status(400)),
        ("", Status(400)),
    ] {
        assert_eq!(outcome(&json!({}), request("POST", uri)), expected, "{uri}");
    }
}

#[test]
fn hosts_of_a_request_and_of_a_public_url() {
    let fixed = json!({"publicURL": "https://h.test/wiki"});
    for (host, from_request, from_url) in [
        ("h.test", Mcp, Mcp),
        ("H.TEST", Mcp, Mcp),
        ("H.TEST.:443", Mcp, Mcp),
        ("h.test:443", Mcp, Mcp),
        ("h.test:9999", Status(401), Status(421)),
        ("other.test", Status(401), Status(421)),
        ("h.test@evil", Status(400), Status(400)),
        ("h.test/wiki", Status(400), Status(400)),
        ("", Status(400), Status(400)),
    ] {
        let asked = || request("POST", "/wiki/mcp").instead("host", host);
        assert_eq!(outcome(&json!({}), asked()), from_request, "{host}");
        assert_eq!(outcome(&fixed, asked()), from_url, "{host}");
    }
    let twice = request("POST", "/wiki/mcp").with("host", "h.test");
    assert_eq!(outcome(&json!({}), twice), Status(400));
}

#[test]
fn forwarded_host_and_prefix_are_never_read() {
    let asked = request("POST", "/wiki/mcp")
        .with("x-forwarded-host", "evil.test")
        .with("x-forwarded-prefix", "/evil")
        .with("forwarded", "host=evil.test");
    assert_eq!(outcome(&json!({}), asked), Mcp);
}

#[test]
fn schemes() {
    let fixed = json!({"publicURL": "https://h.test/wiki"});
    for (scheme, from_request) in [
        ("https", Mcp),
        ("wss", Mcp),
        ("http", Status(503)),
        ("ws", Status(503)),
        // The first value is the scheme that the client used; the proxies behind it may use other schemes.
        ("https,http", Mcp),
        ("https , http, gopher", Mcp),
        ("wss,ws", Mcp),
        ("http,https", Status(503)),
        ("gopher", Status(400)),
        ("gopher,https", Status(400)),
        (",https", Status(400)),
        (" ", Status(400)),
        (",", Status(400)),
        ("https;http", Status(400)),
        ("https http", Status(400)),
    ] {
        let asked = || request("GET", "/wiki/mcp").instead("x-forwarded-proto", scheme);
        assert_eq!(outcome(&json!({}), asked()), from_request, "{scheme}");
        assert_eq!(outcome(&fixed, asked()), Mcp, "{scheme}");
    }
    for (lines, expected) in [
        (["https", "http"], Mcp),
        (["http", "https"], Status(503)),
        (["https,http", "gopher"], Mcp),
        (["", "https"], Status(503)),
    ] {
        let asked = request("GET", "/wiki/mcp").instead("x-forwarded-proto", lines[0]);
        assert_eq!(outcome(&json!({}), asked.with("x-forwarded-proto", lines[1])), expected, "{lines:?}");
    }
    let plain = request("GET", "/wiki/mcp").instead("x-forwarded-proto", "http");
    let response = respond(&mut gate(&json!({})), plain);
    let log = logged(&response);
    assert!(log.contains("publicURL") && log.contains("forwardedHeaders.trustedIPs"), "{log}");
    let loopback = request("GET", "/wiki/mcp")
        .instead("x-forwarded-proto", "http")
        .instead("host", "wiki.localhost:8080");
    assert_eq!(respond(&mut gate(&json!({})), loopback).status, 401);
}

#[test]
fn a_tenant_without_a_path_does_not_serve_excluded_paths() {
    let options = json!({"pathPrefix": "", "excludePaths": "/other"});
    for (uri, expected) in [
        ("/", Status(401)),
        ("/mcp", Status(401)),
        ("/other", Status(404)),
        ("/other/mcp", Status(404)),
        ("/.well-known/oauth-protected-resource/other", Status(404)),
        ("/otherwise", Status(401)),
        ("/oauth/token", Status(503)),
        ("/.well-known/unknown", Status(401)),
    ] {
        let asked = request("POST", uri);
        match gate(&options).decide(NOW, &mut asked.clone()) {
            Decision::Respond(response) => assert_eq!(Status(response.status), expected, "{uri}"),
            other => panic!("{other:?}"),
        }
    }
}
