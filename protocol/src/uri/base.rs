//! The base URL of a tenant, which is its issuer.

use super::parts::{Parts, Scheme, UriError, after_scheme};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The base URL of a tenant: the `issuer` of its authorization server and the `iss` of its tokens. The tenant serves
/// the paths at or below it.
///
/// A base is canonical: the host in lower case without a trailing dot, no default port, no trailing slash, no query.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Base {
    text: String,
    origin_len: usize,
    scheme: Scheme,
    port: Option<u16>,
}

impl Base {
    /// Reads an absolute http(s) or ws(s) URI without query and fragment, and makes it canonical.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let parts = Parts::parse(text)?;
        if parts.query.is_some() {
            return Err(UriError::Query);
        }
        let mut text = parts.origin();
        let origin_len = text.len();
        text.push_str(parts.path.strip_suffix('/').unwrap_or(parts.path));
        Ok(Self { text, origin_len, scheme: parts.scheme, port: parts.port })
    }

    /// The base of a request, from its scheme, its `Host` header as sent, and the tenant's path (`""` or `"/wiki"`).
    pub fn from_request(scheme: &str, host_header: &str, path_prefix: &str) -> Result<Self, UriError> {
        let scheme = Scheme::parse(scheme)?;
        let host_only = |b: u8| b.is_ascii_graphic() && !matches!(b, b'/' | b'?' | b'#' | b'@' | b'\\');
        if host_header.is_empty() || !host_header.bytes().all(host_only) {
            return Err(UriError::Host);
        }
        if !path_prefix.is_empty() && !path_prefix.starts_with('/') {
            return Err(UriError::Path);
        }
        Self::parse(&[scheme.as_str(), "://", host_header, path_prefix].concat())
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `scheme://host[:port]`.
    pub fn origin(&self) -> &str {
        self.text.get(..self.origin_len).unwrap_or_default()
    }

    /// The path without trailing slash, such as `"/wiki"`; `""` for a tenant that has the host to itself.
    pub fn path(&self) -> &str {
        self.text.get(self.origin_len..).unwrap_or_default()
    }

    /// The host without port; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        let origin = self.origin();
        let authority = after_scheme(origin).unwrap_or(origin);
        match self.port {
            Some(_) => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
            None => authority,
        }
    }

    /// The scheme: http or https.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The port, unless it is the scheme's default.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether the host names this machine: `localhost` and names below it, 127.0.0.0/8, `[::1]`.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            || host
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
                .and_then(|inner| inner.parse::<Ipv6Addr>().ok())
                .is_some_and(|address| address.is_loopback())
    }

    /// Whether OAuth may be used at this base: with https on any host, with http on this machine only.
    pub fn is_secure_or_loopback(&self) -> bool {
        self.scheme == Scheme::Https || self.is_loopback()
    }

    /// Whether the tenant has the host to itself: its base has no path.
    pub fn is_host_only(&self) -> bool {
        self.path().is_empty()
    }

    /// The base with `suffix`, which begins with `/`, appended.
    pub fn join(&self, suffix: &str) -> String {
        [self.text.as_str(), suffix].concat()
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Base {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Base {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}
