//! Validates values that are passed to the host. The host panics on a URI that Go cannot parse and on a status out of
//! range, and responds with 500 to a control character in a header. The functions here refuse all of these first.

use super::HostError;

/// Returns the header name if it is a token (RFC 9110 section 5.6.2).
pub fn header_name(name: &str) -> Result<&str, HostError> {
    if inner_loops::is_header_name(name.as_bytes()) { Ok(name) } else { Err(HostError::Unfit) }
}

/// Returns the header value if it has no control character but the tab (RFC 9110 section 5.5).
pub fn header_value(value: &str) -> Result<&str, HostError> {
    if inner_loops::is_header_value(value.as_bytes()) { Ok(value) } else { Err(HostError::Unfit) }
}

/// Returns the path and query if they are visible ASCII that begins with exactly one `/`, with two hex digits after
/// every `%`, and without a fragment.
pub fn uri(uri: &str) -> Result<&str, HostError> {
    let visible = uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let escapes = uri.split('%').skip(1).all(|after| {
        let mut hex = after.bytes().take(2).filter(u8::is_ascii_hexdigit);
        hex.next().is_some() && hex.next().is_some()
    });
    let rooted = uri.starts_with('/') && !uri.starts_with("//");
    if visible && escapes && rooted { Ok(uri) } else { Err(HostError::Unfit) }
}

/// Returns the status if it is a final one from 200 to 599, which Go writes without a panic.
pub fn status(status: u16) -> Result<u16, HostError> {
    if (200..=599).contains(&status) { Ok(status) } else { Err(HostError::Unfit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!(header_name("X-Mcp-Sub").is_ok());
        for name in ["", "a b", "a:b", "a\n", "ä"] {
            assert_eq!(header_name(name), Err(HostError::Unfit), "{name:?}");
        }
    }

    #[test]
    fn values() {
        for value in ["", "a b", "ü", "a\tb"] {
            assert!(header_value(value).is_ok(), "{value:?}");
        }
        for value in ["a\nb", "a\r", "\0", "\x7f"] {
            assert_eq!(header_value(value), Err(HostError::Unfit), "{value:?}");
        }
    }

    #[test]
    fn uris() {
        for value in ["/", "/oauth/token?a=b&c=%20", "/a%2Fb"] {
            assert!(uri(value).is_ok(), "{value:?}");
        }
        for value in ["", "a", "//host/x", "/a b", "/%zz", "/%2", "/%", "/a#b", "/\u{e4}", "/\x01"] {
            assert_eq!(uri(value), Err(HostError::Unfit), "{value:?}");
        }
    }

    #[test]
    fn statuses() {
        assert!(status(200).is_ok() && status(503).is_ok());
        for value in [0, 99, 101, 199, 600, 1000] {
            assert_eq!(status(value), Err(HostError::Unfit), "{value}");
        }
    }
}
