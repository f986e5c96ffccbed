//! Tests which redirect URIs are accepted, which are the same, and why others are refused.

use super::*;
use crate::error::OAuthError;
use crate::text::TextSet;
use crate::uri::Base;

fn rules() -> RedirectRules {
    RedirectRules::new(&TextSet::default(), &TextSet::default())
}

fn registered(texts: &[&str]) -> Vec<RedirectUri> {
    texts.iter().map(|text| RedirectUri::parse(text).unwrap()).collect()
}

#[test]
fn redirect_uris_of_known_clients_are_accepted() {
    for text in [
        "https://claude.ai/api/mcp/auth_callback",
        "https://vscode.dev/redirect",
        "http://127.0.0.1/",
        "http://127.0.0.1:33418/",
        "http://localhost/callback",
        "http://LOCALHOST:6274/oauth/callback",
        "http://[::1]:3000/cb",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "vscode://vendor.extension/cb",
        "https://host/cb?tenant=1",
        "com.app:/cb",
    ] {
        assert!(RedirectUri::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn other_redirect_uris_are_refused_with_their_reasons() {
    use RedirectError as E;
    for (text, why) in [
        ("", E::Malformed),
        ("/callback", E::Malformed),
        ("https:///cb", E::Malformed),
        ("https:cb", E::Malformed),
        ("https://h/a b", E::Malformed),
        ("https://h\\@evil/", E::Malformed),
        ("https://h/\u{1}", E::Malformed),
        ("https://h/%zz", E::Malformed),
        ("https://u:p@h/cb", E::Ambiguous),
        ("https://h/cb#f", E::Ambiguous),
        ("https://h/cb#", E::Ambiguous),
        ("https://h/a/../cb", E::Ambiguous),
        ("https://h/a/%2E%2e/cb", E::Ambiguous),
        ("https://h/a%5Cb", E::Ambiguous),
        ("http://h/cb", E::PlainHttp),
        ("http://localhost./cb", E::PlainHttp),
        ("http://a.localhost/cb", E::PlainHttp),
        ("http://127.0.0.2/cb", E::PlainHttp),
        ("http://localhost.evil.com/cb", E::PlainHttp),
        ("http://2130706433/cb", E::PlainHttp),
        ("javascript:alert(1)", E::Dangerous),
        ("JavaScript:alert(1)", E::Dangerous),
        ("data:text/html,x", E::Dangerous),
        ("file:///etc/passwd", E::Dangerous),
    ] {
        assert_eq!(RedirectUri::parse(text), Err(why), "{text}");
    }
    assert_eq!(RedirectUri::parse(&format!("https://h/{}", "a".repeat(2_048))), Err(E::Malformed));
}

#[test]
fn schemes_that_run_code_or_read_files_are_refused_whoever_allows_them() {
    for scheme in [
        "javascript",
        "data",
        "file",
        "vbscript",
        "blob",
        "about",
        "mailto",
        "view-source",
        "filesystem",
        "ws",
        "wss",
        "intent",
        "content",
        "chrome",
    ] {
        let rules = RedirectRules::new(&[scheme.to_owned()].into_iter().collect(), &TextSet::default());
        for text in [format!("{scheme}://h/cb"), format!("{}:cb", scheme.to_ascii_uppercase())] {
            let outcome = RedirectUri::parse(&text).and_then(|uri| rules.check(&uri));
            assert_eq!(outcome, Err(RedirectError::Dangerous), "{text}");
        }
    }
}

#[test]
fn only_the_port_of_a_loopback_address_may_vary() {
    let known = registered(&["http://localhost/callback", "http://127.0.0.1:1/cb?a=1", "https://h:8443/cb"]);
    for good in [
        "http://localhost:50000/callback",
        "http://localhost/callback",
        "http://127.0.0.1:2/cb?a=1",
        "https://h:8443/cb",
    ] {
        assert_eq!(ValidatedRedirect::choose(&known, Some(good), &rules()).unwrap().uri().as_str(), good);
    }
    for bad in [
        "http://127.0.0.1:50000/callback",
        "http://localhost:50000/callback/",
        "http://localhost:50000/Callback",
        "http://localhost:50000/callback?x=1",
        "http://127.0.0.1:2/cb?a=2",
        "https://h:8444/cb",
        "https://h/cb",
        "https://H:8443/cb",
    ] {
        assert_eq!(
            ValidatedRedirect::choose(&known, Some(bad), &rules()),
            Err(RedirectError::Unregistered),
            "{bad}"
        );
    }
}

#[test]
fn a_request_without_a_redirect_uri_gets_the_only_registered_one() {
    assert!(ValidatedRedirect::choose(&registered(&["https://h/cb"]), None, &rules()).is_ok());
    let two = registered(&["https://h/cb", "https://h/cb2"]);
    assert_eq!(ValidatedRedirect::choose(&two, None, &rules()), Err(RedirectError::Missing));
    assert_eq!(ValidatedRedirect::choose(&[], None, &rules()), Err(RedirectError::Missing));
    let loopback = registered(&["http://localhost:1/cb"]);
    assert_eq!(ValidatedRedirect::choose(&loopback, None, &rules()), Err(RedirectError::Missing));
}

#[test]
fn errors_carry_state_and_issuer_once() {
    let redirect = ValidatedRedirect::choose(&registered(&["https://h/cb?t=1"]), None, &rules()).unwrap();
    let base = Base::parse("https://mcp.example.com/wiki").unwrap();
    assert_eq!(
        redirect.error(&base, OAuthError::AccessDenied, "why not", Some("a b")),
        "https://h/cb?t=1&error=access_denied&error_description=why%20not&state=a%20b&iss=https%3A%2F%2Fmcp.example.com%2Fwiki"
    );
    assert!(!collides_with_response(redirect.uri()));
    assert!(collides_with_response(&RedirectUri::parse("https://h/cb?x=1&iss=evil").unwrap()));
    assert!(collides_with_response(&RedirectUri::parse("https://h/cb?c%6fde=x").unwrap()));
}

#[test]
fn the_consent_page_shows_where_the_response_goes() {
    let shown = |text: &str| RedirectUri::parse(text).unwrap().shown_host();
    assert_eq!(shown("https://claude.ai/api/cb"), "claude.ai");
    assert_eq!(shown("http://localhost:123/cb"), "localhost:123");
    assert_eq!(shown("cursor://anysphere/cb"), "cursor:");
}

#[test]
fn registered_redirect_uris_are_validated_again_at_use() {
    let known = registered(&["https://h/cb", "com.app:/cb"]);
    let only = |host: &str| RedirectRules::new(&TextSet::default(), &TextSet::from_iter([host.to_owned()]));
    let choose = |uri, rules: &RedirectRules| ValidatedRedirect::choose(&known, Some(uri), rules);
    assert!(choose("https://h/cb", &only("h")).is_ok());
    assert_eq!(choose("https://h/cb", &only("else")), Err(RedirectError::HostNotAllowed("h".to_owned())));
    assert_eq!(choose("com.app:/cb", &rules()), Err(RedirectError::PrivateUse("com.app".to_owned())));
}

#[test]
fn redirect_uris_that_the_rules_left_out_are_refused_with_the_rule() {
    let choose = |uri: &str, rules: &RedirectRules| {
        ValidatedRedirect::choose(&registered(&["https://h/cb"]), Some(uri), rules)
    };
    let error = choose("new-app://cb", &rules()).unwrap_err();
    assert_eq!(error, RedirectError::PrivateUse("new-app".to_owned()));
    assert!(error.to_string().contains("BOUNCER_REDIRECT_SCHEMES=new-app"), "{error}");
    let only = RedirectRules::new(&TextSet::default(), &TextSet::from_iter(["h".to_owned()]));
    let error = choose("https://else/cb", &only).unwrap_err();
    assert_eq!(error, RedirectError::HostNotAllowed("else".to_owned()));
    assert_eq!(choose("https://else/cb", &rules()), Err(RedirectError::Unregistered));
}

#[test]
fn error_texts_are_safe_to_send() {
    use RedirectError as E;
    let long = "a".repeat(2_000);
    for error in [
        E::Malformed,
        E::Ambiguous,
        E::PlainHttp,
        E::Dangerous,
        E::Unregistered,
        E::Missing,
        RedirectUri::parse("http://10.0.0.1/cb").unwrap_err(),
        rules().check(&RedirectUri::parse(&format!("{long}:/cb")).unwrap()).unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(crate::error::is_description(&text) && text.len() < 300, "{text}");
    }
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    let of = |uri: &str, address: &str| RedirectUri::parse(uri).unwrap().is_of_origin(address);
    assert!(of("https://claude.ai/cb", "https://claude.ai/oauth/client.json"));
    assert!(of("https://CLAUDE.ai:443/cb", "https://claude.ai/x"));
    for (uri, address) in [
        ("https://claude.ai/cb", "https://evil.ai/x"),
        ("https://claude.ai:8443/cb", "https://claude.ai/x"),
        ("https://a.claude.ai/cb", "https://claude.ai/x"),
        ("http://localhost/cb", "http://localhost/x"),
        ("cursor://a/cb", "cursor://a/x"),
    ] {
        assert!(!of(uri, address), "{uri} {address}");
    }
}
