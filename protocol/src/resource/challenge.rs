//! The `WWW-Authenticate` header (RFC 6750 §3, RFC 9728 §5.1).

use crate::error::OAuthError;
use crate::uri::Base;

/// Longest metadata URL in a challenge, in bytes.
pub const MAX_METADATA_URL: usize = 1024;

/// Writes the challenge of a response: the scheme `Bearer` with `error`, `scope` and `resource_metadata`, in this
/// order. Without an error the order is `resource_metadata`, `scope`. An empty scope is left out. `scope` has the form
/// of RFC 6749 §3.3. No value can hold a quote: error codes are fixed, scopes cannot hold one (RFC 6749 §3.3), and the
/// URL is percent-encoded.
pub fn bearer_challenge(error: Option<OAuthError>, scope: &str, resource_metadata: &str) -> String {
    let mut out = "Bearer".to_owned();
    let mut glue = " ";
    let mut parameter = |name: &str, value: &str| {
        for piece in [glue, name, "=\"", value, "\""] {
            out.push_str(piece);
        }
        glue = ", ";
    };
    // The parameters have the order of the examples in the MCP specification: some clients were tested with that only.
    match error {
        None => parameter("resource_metadata", resource_metadata),
        Some(error) => parameter("error", error.code()),
    }
    if !scope.is_empty() {
        parameter("scope", scope);
    }
    if error.is_some() {
        parameter("resource_metadata", resource_metadata);
    }
    out
}

/// The metadata URL (RFC 9728 §3.1) of the resource with exactly the requested path and query, percent-encoded. If that
/// URL has more than [`MAX_METADATA_URL`] bytes, the query is left out. If it is still too long, this returns the
/// metadata URL of the base.
pub fn metadata_url(base: &Base, path: &str, query: Option<&str>) -> String {
    let url = |path: &str, query: Option<&str>| {
        let mut url = [base.origin(), "/.well-known/oauth-protected-resource"].concat();
        push_encoded(&mut url, path);
        if let Some(query) = query {
            url.push('?');
            push_encoded(&mut url, query);
        }
        url
    };
    // The length is compared before encoding, too: a request may be very long, and encoding never shortens it.
    let fitting = |path: &str, query: Option<&str>| {
        let short = path.len() + query.map_or(0, str::len) <= MAX_METADATA_URL;
        short.then(|| url(path, query)).filter(|url| url.len() <= MAX_METADATA_URL)
    };
    fitting(path, query).or_else(|| fitting(path, None)).unwrap_or_else(|| url(base.path(), None))
}

/// Appends a text and percent-encodes every character that RFC 3986 allows neither in a path nor in a query. Escapes
/// stay as they are; a `%` that begins no escape becomes `%25`.
pub(super) fn push_encoded(out: &mut String, text: &str) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let keep = match byte {
            b'%' => after.get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte),
        };
        if keep {
            out.push(char::from(byte));
        } else {
            let digit = |value: u8| HEX.get(usize::from(value)).copied().unwrap_or('0');
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Base {
        Base::parse("https://h/wiki").unwrap()
    }

    #[test]
    fn challenges_have_the_form_of_the_rfcs() {
        assert_eq!(bearer_challenge(None, "", "https://h/x"), r#"Bearer resource_metadata="https://h/x""#);
        assert_eq!(
            bearer_challenge(Some(OAuthError::InsufficientScope), "a b", "u"),
            r#"Bearer error="insufficient_scope", scope="a b", resource_metadata="u""#
        );
    }

    #[test]
    fn the_metadata_url_names_exactly_the_request() {
        let url = |path, query| metadata_url(&base(), path, query);
        let front = "https://h/.well-known/oauth-protected-resource";
        assert_eq!(url("/wiki/mcp/", None), format!("{front}/wiki/mcp/"));
        assert_eq!(url("/wiki", Some("a=b;c&d=%20")), format!("{front}/wiki?a=b;c&d=%20"));
    }

    #[test]
    fn no_request_can_end_the_quoted_string() {
        let url = metadata_url(&base(), "/wiki/\"<>", Some("a=\", error=\"x\u{e4}\n%zz"));
        assert!(url.ends_with("/wiki/%22%3C%3E?a=%22,%20error=%22x%C3%A4%0A%25zz"), "{url}");
    }

    #[test]
    fn long_metadata_urls_are_shortened() {
        let long = "x".repeat(MAX_METADATA_URL);
        assert!(metadata_url(&base(), "/wiki/mcp", Some(&long)).ends_with("/wiki/mcp"));
        assert!(metadata_url(&base(), &format!("/wiki/{long}"), None).ends_with("/wiki"));
        let swelling = "\"".repeat(MAX_METADATA_URL / 2);
        assert!(metadata_url(&base(), "/wiki/mcp", Some(&swelling)).ends_with("/wiki/mcp"));
    }
}
