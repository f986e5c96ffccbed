//! URIs of MCP resources, as rules compare them: byte for byte.

/// Whether a URI is in the one form in which URL parsers write it (RFC 3986 §6.2, WHATWG URL), as far as servers may take
/// another form for the same resource: ASCII without white space and without characters that are to be escaped, scheme and
/// host in lower case, `file:` with three slashes, no needless part of an authority, no dot segment, no empty segment, no
/// backslash, and no escape of a character that needs none or that separates segments. Only a template has braces.
pub(super) fn is_normal_uri(uri: &str, is_template: bool) -> bool {
    let (scheme, rest) = uri.split_once(':').unwrap_or(("", uri));
    let (authority, path) = match rest.as_bytes() {
        [b'/', b'/', rest @ ..] => {
            let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
            let (authority, path) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or_default();
            (Some(authority), path)
        }
        path => (None, path),
    };
    let default_port = default_port(scheme);
    // Parsers add what these schemes lack: slashes before and after the authority.
    let is_special = default_port.is_some() || scheme == "file";
    let is_normal_start = match authority {
        Some(authority) if scheme == "file" => authority.is_empty(),
        Some(authority) => is_normal_authority(authority, default_port),
        None => !is_special,
    };
    uri.bytes().all(|byte| stands_for_itself(byte, is_template))
        && !scheme.bytes().any(|byte| byte.is_ascii_uppercase())
        && is_normal_start
        && (!is_special || path.starts_with(b"/"))
        && is_normal(path)
}

/// Whether parsers keep a byte as it is, wherever it stands.
const fn stands_for_itself(byte: u8, is_template: bool) -> bool {
    match byte {
        b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'|' => false,
        b'{' | b'}' => is_template,
        _ => byte.is_ascii_graphic(),
    }
}

/// The default port of a scheme that always has a host (WHATWG URL, *special schemes*).
fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme {
        "http" | "ws" => Some("80"),
        "https" | "wss" => Some("443"),
        "ftp" => Some("21"),
        _ => None,
    }
}

/// Whether nothing in an authority could be left out or written otherwise. Where there is a default port, it has to have a
/// host and no user information. An IPv6 address is refused: it has many forms.
fn is_normal_authority(authority: &[u8], default_port: Option<&str>) -> bool {
    let (user, host) = match cut(authority, b'@') {
        (user, Some(host)) => (Some(user), host),
        (host, None) => (None, host),
    };
    let (host, port) = cut(host, b':');
    let is_odd = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'%' | b'@' | b'[');
    let is_normal_user = |user: &[u8]| !user.is_empty() && user.iter().copied().all(is_unreserved);
    user.is_none_or(|user| default_port.is_none() && is_normal_user(user))
        && port.is_none_or(|port| is_normal_port(port) && Some(port) != default_port.map(str::as_bytes))
        && !host.iter().any(is_odd)
        && !host.ends_with(b".")
        && (default_port.is_none() || is_normal_host(host))
}

/// What is before the first byte of a kind, and what is after it, if there is one.
fn cut(bytes: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    let mut parts = bytes.splitn(2, |byte| *byte == at);
    (parts.next().unwrap_or_default(), parts.next())
}

fn is_normal_port(port: &[u8]) -> bool {
    matches!(port, [b'1'..=b'9', ..]) && port.iter().all(u8::is_ascii_digit)
}

/// Whether a host is there and is not an IPv4 address in one of its other forms, such as `127.1`.
fn is_normal_host(host: &[u8]) -> bool {
    let mut labels = 0;
    let mut is_number = false;
    let mut are_numbers = true;
    for label in host.split(|byte| *byte == b'.') {
        is_number = matches!(label, [b'0'..=b'9', ..]);
        are_numbers = are_numbers && (matches!(label, [b'0']) || is_normal_port(label));
        labels += 1;
    }
    !host.is_empty() && (!is_number || (are_numbers && labels == 4))
}

/// Whether a character never needs an escape (RFC 3986 §2.3).
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Whether path, query and fragment have none of the odd parts.
fn is_normal(path: &[u8]) -> bool {
    let (mut rest, mut segment, mut is_path) = (path, 0, true);
    loop {
        match rest {
            [b'%', after @ ..] if !is_needed_escape(after) => return false,
            [] | [b'/' | b'?' | b'#', ..] if is_path => {
                let length = segment_length(path, rest, segment);
                let text = path.get(segment..segment + length).unwrap_or_default();
                let is_inner = rest.starts_with(b"/");
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
            None => return true,
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
    !is_unreserved(byte) && !matches!(byte, b'/' | b'\\' | 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_forms_of_a_uri_are_told_apart() {
        for uri in [
            "file:///secret/a.txt",
            "file:///",
            "file:///public/",
            "wiki://pages/Home?rev=1#Top",
            "wiki://pages",
            "wiki://pages?rev=1",
            "wiki:///Home",
            "wiki:/Home",
            "urn:isbn:0451450523",
            "note:a",
            "a/b",
            "postgres://reader@db:5433/wiki/pages/schema",
            "file:///a%20b/%C3%A9",
            "file:///a...b/.hidden/..x",
            "http://h/a?b=//c",
            "http://h/",
            "http://h:8080/a",
            "https://h:80/a",
            "ws://h.test/a",
            "http://127.0.0.1:3000/a",
            "http://h2.a1/",
        ] {
            assert!(is_normal_uri(uri, false), "{uri}");
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
            "file://",
            "file://localhost/secret/a",
            "http://h//secret/a",
            "file:///public//a",
            "wiki:////a",
            "wiki://h/../a",
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
            assert!(!is_normal_uri(uri, false), "{uri}");
        }
    }

    #[test]
    fn what_parsers_of_urls_drop_or_rewrite_is_refused() {
        for uri in [
            " file:///secret/a",
            "file:///secret/a ",
            "\u{a0}file:///secret/a",
            "file:///secret/a\u{feff}",
            "fi\tle:///secret/a",
            "file:///sec\nret/a",
            "file:///my secret/a",
            "file:///café/x",
            "file:///C|/secret",
            "file:///a\"b",
            "file:///a<b",
            "file:///a>b",
            "file:///a^b",
            "file:///a`b",
            "file:///{a}",
            "http:h/secret",
            "http:/h/secret",
            "http:///h/secret",
            "http:///secret",
            "http:\\\\h\\secret",
            "http://h",
            "http://h?secret",
            "http://h#secret",
            "http://h:/secret",
            "http://h:80/secret",
            "http://h:080/secret",
            "http://h:0080/secret",
            "https://h:443/secret",
            "ws://h:80/secret",
            "wss://h:443/secret",
            "ftp://h:21/secret",
            "http://h:8o80/secret",
            "http://@h/secret",
            "http://:@h/secret",
            "http://a@h/secret",
            "http://a@b@h/secret",
            "http://ｈ/secret",
            "http://%68/secret",
            "http://h./secret",
            "http://127.1/secret",
            "http://127.0.0.1./secret",
            "http://127.0.0.01/secret",
            "http://127.0.0x0.1/secret",
            "http://2130706433/secret",
            "http://0x7f000001/secret",
            "http://[0:0::1]/secret",
            "wiki://@h/secret",
            "wiki://:@h/secret",
            "wiki://a:@h/secret",
            "wiki://a@b@h/secret",
            "wiki://h:/secret",
            "wiki://h:?secret",
            "wiki://h:08/secret",
        ] {
            assert!(!is_normal_uri(uri, false), "{uri}");
        }
    }

    #[test]
    fn a_template_has_braces() {
        for uri in ["db://table/{row}", "file:///secret/{a}", "wiki://{space}/{page}"] {
            assert!(is_normal_uri(uri, true) && !is_normal_uri(uri, false), "{uri}");
        }
    }
}
