//! URIs of MCP resources, as rules compare them: byte for byte.

/// Whether a URI is in the normal form of RFC 3986 §6.2.2, as far as servers may take another form for the same resource:
/// scheme and host in lower case, `file:` with three slashes, no dot segment, no empty segment, no backslash, and no escape of a character that needs
/// none or that separates segments.
pub(super) fn is_normal_uri(uri: &str) -> bool {
    let (scheme, rest) = uri.split_once(':').unwrap_or(("", uri));
    let (host, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_once('/').unwrap_or((rest, "")),
        None => ("", rest),
    };
    let has_odd_start =
        (path.starts_with('/') && rest.starts_with("//")) || (scheme == "file" && !rest.starts_with("///"));
    let has_capitals = |text: &str| text.bytes().any(|byte| byte.is_ascii_uppercase());
    !has_odd_start
        && !has_capitals(scheme)
        && !has_capitals(host)
        && is_normal(path.as_bytes(), host.as_bytes())
}

/// Whether path, query and fragment, and the host, have none of the odd parts.
fn is_normal(path: &[u8], host: &[u8]) -> bool {
    let (mut rest, mut segment, mut is_path) = (path, 0, true);
    loop {
        match rest {
            [b'\\', ..] => return false,
            [b'%', after @ ..] if !is_needed_escape(after) => return false,
            [] | [b'/' | b'?' | b'#', ..] if is_path => {
                let length = segment_length(path, rest, segment);
                let text = path.get(segment..segment + length).unwrap_or_default();
                let is_inner = !rest.is_empty() && rest.starts_with(b"/");
                if matches!(text, b"." | b"..") || (text.is_empty() && is_inner && segment > 0) {
                    return false;
                }
                is_path = is_inner;
                segment += length + 1;
            }
            _ => {}
        }
        match rest.split_first() {
            Some((_, after)) => rest = after,
            None => return !host.contains(&b'\\') && !host.contains(&b'%'),
        }
    }
}

/// The length of the segment that ends where `rest` begins.
const fn segment_length(path: &[u8], rest: &[u8], segment: usize) -> usize {
    (path.len() - rest.len()).saturating_sub(segment)
}

/// Whether what follows a `%` begins with two digits, in upper case, of a character that has to be escaped.
fn is_needed_escape(after: &[u8]) -> bool {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    let [high, low, ..] = after else { return false };
    let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return false };
    let byte = high << 4 | low;
    let is_unreserved = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    !is_unreserved && !matches!(byte, b'/' | b'\\' | 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_forms_of_a_uri_are_told_apart() {
        for uri in [
            "file:///secret/a.txt",
            "file:///",
            "wiki://pages/Home?rev=1#Top",
            "urn:isbn:0451450523",
            "note:a",
            "db://table/{row}",
            "file:///a%20b/%C3%A9",
            "file:///a...b/.hidden/..x",
            "http://h/a?b=//c",
        ] {
            assert!(is_normal_uri(uri), "{uri}");
        }
        for uri in [
            "FILE:///secret/a",
            "File:///secret/a",
            "wiki://Pages/home",
            "file:///public/../secret/a",
            "file:///./secret/a",
            "file:///public/..",
            "file:////secret/a",
            "file:/secret/a",
            "file:secret/a",
            "file://localhost/secret/a",
            "http://h//secret/a",
            "file:///public//a",
            "file:///public\\..\\secret",
            "file:///%73ecret/a",
            "file:///public/%2e%2e/secret",
            "file:///public/%2E./secret",
            "file:///secret%2Fa",
            "file:///secret%5Ca",
            "file:///secret/a%00",
            "file:///%c3%a9",
            "file:///%",
            "file:///%4",
            "file:///%4é",
        ] {
            assert!(!is_normal_uri(uri), "{uri}");
        }
    }
}
