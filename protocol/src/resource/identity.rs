//! The headers that name the user to the MCP server, which only the plugin may set, and the cookies of the sidecar,
//! which the MCP server does not get.

/// Header with the subject of the token.
pub const SUB_HEADER: &str = "X-Mcp-Sub";
/// Header with the scopes of the token, separated by spaces.
pub const SCOPES_HEADER: &str = "X-Mcp-Scopes";
/// Header with the issuer of the token.
pub const ISS_HEADER: &str = "X-Mcp-Iss";

/// The beginnings of the names of the sidecar's cookies.
const OWN_COOKIES: [&[u8]; 2] = [b"__Host-mcpb-", b"mcpb-dev-"];

/// The letters and digits of a name, in lower case. Some servers read `X_Mcp.Sub` as `X-Mcp-Sub`.
fn folded(name: &[u8]) -> impl Iterator<Item = u8> {
    name.iter().copied().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase())
}

/// Whether a server may take one name for the other.
pub fn is_spelled_like(name: &[u8], other: &[u8]) -> bool {
    folded(name).eq(folded(other))
}

/// Whether a server may take a name for one that begins with `beginning`, which consists of lower-case letters and
/// digits.
pub(super) fn begins_like(name: &[u8], beginning: &[u8]) -> bool {
    let mut letters = folded(name);
    beginning.iter().all(|expected| letters.next() == Some(*expected))
}

/// Whether a header is one that the plugin and the sidecar send each other: any spelling of `X-MCPB-…`.
pub fn is_internal(name: &[u8]) -> bool {
    begins_like(name, b"xmcpb")
}

/// Whether only the plugin may set this header: any spelling of `X-MCPB-…`, `X-Mcp-Sub`, `X-Mcp-Scopes` or `X-Mcp-Iss`.
pub fn is_reserved(name: &[u8]) -> bool {
    // The quick answer for most names, which begin with another letter.
    if name.first().is_some_and(|first| first.is_ascii_alphanumeric() && first | 0x20 != b'x') {
        return false;
    }
    if !begins_like(name, b"xmcp") {
        return false;
    }
    let reserved = [SUB_HEADER, SCOPES_HEADER, ISS_HEADER];
    is_internal(name) || reserved.iter().any(|reserved| is_spelled_like(name, reserved.as_bytes()))
}

/// The `Connection` header without the names of headers that the plugin sets: a name in it would make the proxy remove
/// that header (RFC 9110 §7.6.1). `None` if nothing needs to change.
pub fn cleaned_connection(values: &[Vec<u8>], is_ours: impl Fn(&[u8]) -> bool) -> Option<String> {
    let options = || values.iter().flat_map(|value| value.split(|b| *b == b','));
    let harmful = |option: &[u8]| core::str::from_utf8(option).is_ok_and(|_| is_ours(option));
    if !options().any(harmful) {
        return None;
    }
    let kept: Vec<&str> = options()
        .filter(|option| !harmful(option))
        .filter_map(|option| core::str::from_utf8(option).ok().map(str::trim))
        .filter(|option| option.bytes().all(|b| b.is_ascii_graphic()) && !option.is_empty())
        .collect();
    Some(kept.join(", "))
}

/// The `Cookie` header without the sidecar's cookies. `None` if it has no such cookie; otherwise the other cookies,
/// perhaps an empty text. If a cookie of the sidecar is removed, cookies with other characters than visible ASCII and
/// spaces are removed too.
pub fn cleaned_cookies(values: &[Vec<u8>]) -> Option<String> {
    let pairs = || values.iter().flat_map(|value| value.split(|b| *b == b';')).map(<[u8]>::trim_ascii);
    let ours = |pair: &[u8]| {
        let name = pair.split(|b| *b == b'=').next().unwrap_or_default().trim_ascii();
        let ours = |own: &&[u8]| name.get(..own.len()).is_some_and(|front| front.eq_ignore_ascii_case(own));
        OWN_COOKIES.iter().any(ours)
    };
    if !pairs().any(ours) {
        return None;
    }
    let kept: Vec<&str> = pairs()
        .filter(|pair| !ours(pair) && !pair.is_empty())
        .filter(|pair| pair.iter().all(|b| (0x20..0x7f).contains(b)))
        .filter_map(|pair| core::str::from_utf8(pair).ok())
        .collect();
    Some(kept.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_reserved_header_is_reserved() {
        for name in [
            "X-Mcp-Sub",
            "x_mcp_sub",
            "X.Mcp.Sub",
            "X~Mcp~Sub",
            "xmcpsub",
            "_x-mcp-scopes",
            "X-MCP-ISS",
            "X-MCPB-Context",
            "x_mcpb_route",
            "x-mcpb",
            "X-Mcp-B-anything",
            "x.mcpb!x",
        ] {
            assert!(is_reserved(name.as_bytes()), "{name}");
        }
        for name in
            ["Mcp-Session-Id", "mcp-name", "x-mcp-subject", "x-mc", "authorization", "x-mcp-issuer", ""]
        {
            assert!(!is_reserved(name.as_bytes()), "{name}");
        }
        assert!(is_internal(b"x_MCPB.foo") && !is_internal(b"x-mcp-sub"));
    }

    #[test]
    fn only_our_cookies_are_removed() {
        let clean =
            |values: &[&[u8]]| cleaned_cookies(&values.iter().map(|v| v.to_vec()).collect::<Vec<_>>());
        assert_eq!(clean(&[b"a=1; b=2"]), None);
        assert_eq!(clean(&[b"a=1; __Host-mcpb-x=s; b=2"]), Some("a=1; b=2".to_owned()));
        assert_eq!(clean(&[b"mcpb-dev-x=s", b"a=1", b"mcpb-dev-y=t"]), Some("a=1".to_owned()));
        assert_eq!(clean(&[b"__host-MCPB-X = s; mcpb-dev-"]), Some(String::new()));
        assert_eq!(clean(&[b"mcpb-dev-a=s; x=\xff; mcpb-develop=1"]), Some("mcpb-develop=1".to_owned()));
        assert_eq!(clean(&[b"x=\xff"]), None);
        assert_eq!(clean(&[]), None);
    }

    #[test]
    fn connection_cannot_remove_identity_headers() {
        let clean = |value: &[u8]| cleaned_connection(&[value.to_vec()], is_reserved);
        assert_eq!(clean(b"keep-alive, Upgrade"), None);
        assert_eq!(clean(b"close, X-Mcp-Sub , x_mcpb_context,te"), Some("close, te".to_owned()));
        assert_eq!(clean(b"x-mcp-iss"), Some(String::new()));
    }
}
