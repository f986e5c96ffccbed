//! Tests which URIs are the same, which differ, and which are refused.

use super::*;

#[test]
fn bases_become_canonical() {
    for (given, canonical) in [
        ("https://Wiki.Example.COM", "https://wiki.example.com"),
        ("https://wiki.example.com.:443/", "https://wiki.example.com"),
        ("http://h:80/wiki/", "http://h/wiki"),
        ("http://h:08080/Wiki", "http://h:8080/Wiki"),
        ("wss://h/x", "https://h/x"),
        ("WS://h:80", "http://h"),
        ("https://h:/x", "https://h/x"),
        ("http://[0:0:0:0:0:0:0:1]:8080", "http://[::1]:8080"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ] {
        let base = Base::parse(given).unwrap();
        assert_eq!(base.as_str(), canonical, "{given}");
        assert_eq!(Base::parse(base.as_str()).unwrap(), base);
    }
}

#[test]
fn malformed_bases_are_refused() {
    for (given, error) in [
        ("ftp://h", UriError::Scheme),
        ("https:h", UriError::Host),
        ("https://", UriError::Host),
        ("https:///x", UriError::Host),
        ("https://u@h", UriError::Userinfo),
        ("https://h/?q", UriError::Query),
        ("https://h/#f", UriError::Fragment),
        ("https://h:0", UriError::Port),
        ("https://h:65536", UriError::Port),
        ("https://a..b", UriError::Host),
        ("https://a%41", UriError::Host),
        ("https://b\u{fc}cher.example", UriError::Syntax),
        ("https://h/a/../b", UriError::Path),
        ("https://h/a/%2e%2E/b", UriError::Path),
        ("https://h/a%2Fb", UriError::Path),
        ("https://h/a//b", UriError::Path),
        ("https://h/..;/b", UriError::Path),
        ("https://h/a\\b", UriError::Syntax),
        ("/wiki", UriError::Syntax),
    ] {
        assert_eq!(Base::parse(given), Err(error), "{given}");
    }
}

#[test]
fn a_base_has_parts() {
    let base = Base::parse("https://h.test:8443/wiki").unwrap();
    assert_eq!((base.origin(), base.path(), base.host()), ("https://h.test:8443", "/wiki", "h.test"));
    assert_eq!((base.port(), base.scheme(), base.is_host_only()), (Some(8443), Scheme::Https, false));
    assert_eq!(base.join("/oauth/token"), "https://h.test:8443/wiki/oauth/token");
    let base = Base::parse("http://[::1]").unwrap();
    assert_eq!((base.host(), base.port(), base.path()), ("[::1]", None, ""));
}

#[test]
fn loopback_is_this_machine_only() {
    for (text, loopback) in [
        ("http://localhost", true),
        ("http://wiki.localhost:8080", true),
        ("http://127.9.9.9", true),
        ("http://[::1]:1", true),
        ("http://localhost.evil.example", false),
        ("http://notlocalhost", false),
        ("http://10.0.0.1", false),
        ("http://127.0.0.1.evil.example", false),
    ] {
        let base = Base::parse(text).unwrap();
        assert_eq!(base.is_loopback(), loopback, "{text}");
        assert_eq!(base.is_secure_or_loopback(), loopback);
    }
    assert!(Base::parse("https://h").unwrap().is_secure_or_loopback());
}

#[test]
fn a_base_is_made_from_scheme_host_and_path() {
    let base = Base::from_request("https", "H.TEST.:443", "/wiki").unwrap();
    assert_eq!(base.as_str(), "https://h.test/wiki");
    for host in ["", "h/x", "u@h", "h?x", "h#x", "h\\x", "h x", "h:99999"] {
        assert!(Base::from_request("https", host, "").is_err(), "{host}");
    }
    assert!(Base::from_request("gopher", "h", "").is_err());
    assert!(Base::from_request("https", "h", "wiki").is_err());
}

#[test]
fn membership_is_by_whole_segments() {
    for (path, prefix, inside) in [
        ("/wiki", "/wiki", true),
        ("/wiki/", "/wiki", true),
        ("/wiki/mcp", "/wiki", true),
        ("/wiki", "/wiki/", true),
        ("/wikipedia", "/wiki", false),
        ("/wiki;x", "/wiki", false),
        ("/", "/wiki", false),
        ("", "", true),
        ("/anything", "", true),
    ] {
        assert_eq!(path_is_at_or_below(path, prefix), inside, "{path} {prefix}");
    }
    let base = Base::parse("https://h/wiki").unwrap();
    assert!(ResourceUri::parse("HTTPS://H:443/wiki/mcp?x=1").unwrap().within(&base));
    assert!(!ResourceUri::parse("https://h/wikipedia").unwrap().within(&base));
    assert!(!ResourceUri::parse("http://h/wiki").unwrap().within(&base));
    assert!(ResourceUri::from_base(&base).within(&base));
}

#[test]
fn a_slash_at_the_end_of_a_resource_makes_no_difference() {
    let same = |a: &str, b: &str| ResourceUri::parse(a).unwrap().same_as(&ResourceUri::parse(b).unwrap());
    assert!(same("https://h", "https://h/"));
    assert!(same("https://h?x", "https://H:443/?x"));
    assert!(same("https://h/mcp", "https://h/mcp/"));
    assert!(same("https://h/mcp?a", "https://h/mcp/?a"));
    assert!(!same("https://h/mcp", "https://h/mc"));
    assert!(!same("https://h/mcp", "https://h"));
    assert!(!same("https://h/mcp", "https://h2/mcp/"));
    assert!(!same("https://h/mcp", "https://h/MCP"));
    assert!(!same("https://h/mcp", "https://h/mcp?"));
}

#[test]
fn resources_keep_path_and_query() {
    let uri = ResourceUri::parse("HTTPS://Host/Mcp/?a=b;c").unwrap();
    assert_eq!((uri.as_str(), uri.path()), ("https://host/Mcp/?a=b;c", "/Mcp/"));
    for bad in ["https://h/#", "https://u:p@h/", "https://h/%5cx", "https://h/.", "https://h/a b"] {
        assert!(ResourceUri::parse(bad).is_err(), "{bad}");
    }
}
