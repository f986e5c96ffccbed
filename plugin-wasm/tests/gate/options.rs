//! Tests wrong options and keys: 503 to everything, one clear log line, and no trap.

use plugin_wasm::handler::{Next, Plugin};

use crate::sample::{ROUTE, TENANT, host, refused};

#[test]
fn the_log_names_each_mistake_in_the_options() {
    for (options, named) in [
        (r#"{"resource":"wiki","providerIssuer":"local","requiredScope":"x"}"#, "`requiredScopes`"),
        (r#"{"resource":"","providerIssuer":"local"}"#, "`resource`"),
        (r#"{"resource":"wiki","providerIssuer":""}"#, "`providerIssuer`"),
        (r#"{"resource":"wiki","providerIssuer":"https://idp.test"}"#, "`clientID` is missing"),
        (r#"{"role":"router"}"#, "`role`"),
        (r#"{"role":"route","resource":"wiki"}"#, "`resource`"),
        (
            r#"{"resource":"wiki","providerIssuer":"local","jwksCacheTTLSeconds":"soon"}"#,
            "`jwksCacheTTLSeconds`",
        ),
        (r#"{"resource":["a","b"],"providerIssuer":"local"}"#, "`resource`"),
        ("[]", "not an object"),
        ("{", "not an object"),
        ("", "is missing"),
    ] {
        for (method, uri) in [("POST", "/wiki/mcp"), ("OPTIONS", "/wiki"), ("POST", "/wiki/oauth/token")] {
            let mut host = host(options, method, uri);
            assert_eq!(refused(&mut host), 503, "{options}");
            assert!(host.logged().contains(named), "{options}: {}", host.logged());
            assert_eq!(host.log.len(), 1, "{options}");
            assert!(host.response_value("Retry-After").is_some());
        }
    }
}

#[test]
fn wrong_options_are_logged_once() {
    let mut plugin = Plugin::new();
    let mut host = host("{}", "GET", "/wiki/mcp");
    for _ in 0..3 {
        host.status = None;
        assert_eq!(plugin.handle_request(&mut host), Next::Stop);
        assert_eq!(host.status, Some(503));
    }
    assert_eq!(host.log.len(), 1);
}

#[test]
fn a_missing_key_is_named() {
    for options in [TENANT, ROUTE] {
        for value in ["", "short", "\u{e4}"] {
            let mut host = host(options, "POST", "/wiki/oauth/token");
            host.env.insert("BOUNCER_PLUGIN_KEY".into(), value.into());
            assert_eq!(refused(&mut host), 503);
            assert!(host.logged().contains("BOUNCER_PLUGIN_KEY"), "{}", host.logged());
        }
    }
    let mut host = host(TENANT, "POST", "/wiki/mcp");
    host.env.remove("BOUNCER_TRUST_ANCHOR");
    assert_eq!(refused(&mut host), 503);
    assert!(host.logged().contains("trustAnchor"), "{}", host.logged());
}

#[test]
fn options_are_read_once() {
    let mut plugin = Plugin::new();
    let mut host = host(TENANT, "GET", "/wiki/mcp");
    for _ in 0..3 {
        host.status = None;
        plugin.handle_request(&mut host);
    }
    assert_eq!(host.calls.iter().filter(|call| **call == "config").count(), 1);
}

#[test]
fn no_log_line_holds_a_secret() {
    let options = r#"{"resource":"wiki","providerIssuer":"https://idp.test","clientID":"c","clientSecret":"CANARY","x":"CANARY"}"#;
    let mut host = host(options, "GET", "/wiki/mcp");
    assert_eq!(refused(&mut host), 503);
    assert!(!host.logged().contains("CANARY") && !String::from_utf8_lossy(&host.body).contains("CANARY"));
}
