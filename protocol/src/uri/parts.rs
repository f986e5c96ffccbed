//! The parser that [`Base`](super::Base) and [`ResourceUri`](super::ResourceUri) share.

use crate::limits::token_format::URI;
use fluent_uri::{Uri, component::Host};
use std::net::Ipv6Addr;

/// The schemes a base or resource can have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scheme {
    /// `http`. `ws` is read as this scheme too.
    Http,
    /// `https`. `wss` is read as this scheme too.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Reads `http`, `https`, `ws` or `wss` in any case. Traefik reports `ws` for a WebSocket upgrade request, although
    /// its resource has the scheme `http`.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        if text.eq_ignore_ascii_case("https") || text.eq_ignore_ascii_case("wss") {
            Ok(Self::Https)
        } else if text.eq_ignore_ascii_case("http") || text.eq_ignore_ascii_case("ws") {
            Ok(Self::Http)
        } else {
            Err(UriError::Scheme)
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The text after `://`, if there is one.
pub(crate) fn after_scheme(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(':')?;
    rest.strip_prefix("//")
}

/// Whether a path has only letters, digits and `/ . _ -`. Such a path needs no escaping in HTML, in a query or in a
/// URL, and is one word in every shell.
pub fn is_plain_path(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-'))
}

/// Why a URI is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UriError {
    /// Not an absolute URI (RFC 3986 §4.3), or longer than 4 KiB.
    #[error("not an absolute URI")]
    Syntax,
    /// Neither http nor https (nor ws, wss).
    #[error("the scheme is neither http nor https")]
    Scheme,
    /// No host, or a host that is neither an IP address nor a name of at most 253 ASCII letters, digits, `-`, `_` and
    /// `.`.
    #[error("no usable host name (international names are given in punycode)")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// A user name or password before the host.
    #[error("user information is not allowed")]
    Userinfo,
    /// A fragment (RFC 8707 §2 forbids it).
    #[error("a fragment is not allowed")]
    Fragment,
    /// A query where none is allowed (RFC 8414 §2).
    #[error("a query is not allowed")]
    Query,
    /// Dot segments, empty segments, a backslash or escapes of `/ \ . %` or NUL in the path, or a path prefix that does
    /// not begin with `/`.
    #[error("the path holds dot segments, empty segments or escapes that servers read differently")]
    Path,
}

/// The parts of a URI. Scheme, host and port are canonical; path and query are as given.
pub(super) struct Parts<'a> {
    pub(super) scheme: Scheme,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, UriError> {
        if text.len() > URI.most {
            return Err(UriError::Syntax);
        }
        let uri = Uri::parse(text).map_err(|_| UriError::Syntax)?;
        let scheme = Scheme::parse(uri.scheme().as_str())?;
        let authority = uri.authority().ok_or(UriError::Host)?;
        if authority.has_userinfo() {
            return Err(UriError::Userinfo);
        }
        if uri.has_fragment() {
            return Err(UriError::Fragment);
        }
        let host = canonical_host(authority.host(), &authority.host_parsed())?;
        let port = authority.port_to_u16().map_err(|_| UriError::Port)?;
        if port == Some(0) {
            return Err(UriError::Port);
        }
        let path = uri.path().as_str();
        if has_risky_path(path) {
            return Err(UriError::Path);
        }
        let query = uri.query().map(fluent_uri::pct_enc::EStr::as_str);
        Ok(Self { scheme, host, port: port.filter(|port| *port != scheme.default_port()), path, query })
    }

    /// `scheme://host[:port]`.
    pub(super) fn origin(&self) -> String {
        let mut origin = [self.scheme.as_str(), "://", &self.host].concat();
        if let Some(port) = self.port {
            origin.push(':');
            origin.push_str(&port.to_string());
        }
        origin
    }
}

fn canonical_host(text: &str, parsed: &Host<'_>) -> Result<String, UriError> {
    match parsed {
        Host::Ipv4 { .. } => Ok(text.to_owned()),
        Host::Ipv6 { .. } => {
            let inner =
                text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or(UriError::Host)?;
            let address: Ipv6Addr = inner.parse().map_err(|_| UriError::Host)?;
            Ok(["[", &address.to_string(), "]"].concat())
        }
        Host::RegName(_) => {
            let name = text.strip_suffix('.').unwrap_or(text);
            let usual = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            let labels_filled = name.split('.').all(|label| !label.is_empty());
            if name.len() <= 253 && labels_filled && name.bytes().all(usual) {
                Ok(name.to_ascii_lowercase())
            } else {
                Err(UriError::Host)
            }
        }
        Host::IpvFuture { .. } => Err(UriError::Host),
    }
}

/// Whether a path (without query) holds anything that two servers may read differently: a byte that is not visible
/// ASCII, a backslash, an empty segment, a dot segment (`..;x` too, which some servers read as `..`), an escape of `/`,
/// `\`, `.`, `%` or NUL, or an incomplete escape.
pub fn has_risky_path(path: &str) -> bool {
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        match byte {
            b'\\' | 0..=0x20 | 0x7f.. => return true,
            b'/' if after.first() == Some(&b'/') => return true,
            b'%' => match after.get(..2).map(<[u8]>::to_ascii_lowercase).as_deref() {
                Some(b"2f" | b"5c" | b"2e" | b"25" | b"00") | None => return true,
                Some(digits) if !digits.iter().all(u8::is_ascii_hexdigit) => return true,
                Some(_) => {}
            },
            _ => {}
        }
        rest = after;
    }
    path.split('/').any(|segment| matches!(segment.split(';').next(), Some("." | "..")))
}

/// Whether `path` is `prefix` or lies below it, by whole segments. Both are without query. A trailing slash of the
/// prefix makes no difference. Every path lies below the empty prefix.
pub fn path_is_at_or_below(path: &str, prefix: &str) -> bool {
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    match path.strip_prefix(prefix) {
        Some(rest) => rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}
