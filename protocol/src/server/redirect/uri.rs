//! Redirect URIs that are well-formed, and of a kind that can be accepted.

use super::error::RedirectError;
use super::host::HostPort;
use super::scheme::is_dangerous;
use crate::limits::registration::REDIRECT_URI;
use fluent_uri::Uri;

/// A well-formed redirect URI of a kind that can be accepted. Its text is kept exactly as given.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RedirectUri {
    text: String,
    kind: Kind,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    /// The URI's host and port, as every parser reads them.
    Https(HostPort),
    /// The URI without its port, for comparison.
    Loopback(String),
    /// The URI's scheme, in lower case.
    PrivateUse(String),
}

impl RedirectUri {
    /// Reads a redirect URI. Fails if it is not well-formed, or of a kind that is never accepted.
    pub fn parse(text: &str) -> Result<Self, RedirectError> {
        if text.len() > REDIRECT_URI.most {
            return Err(RedirectError::Malformed);
        }
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
        if is_dangerous(&scheme) {
            return Err(RedirectError::Dangerous);
        }
        // RFC 3986 allows no backslash, control character or white space.
        let uri = Uri::parse(text).map_err(|_| RedirectError::Malformed)?;
        let authority = uri.authority();
        let dots = |path: &str| {
            path.split('/').any(|segment| {
                matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
            })
        };
        let path = uri.path().as_str();
        if uri.fragment().is_some()
            || authority.is_some_and(|authority| authority.userinfo().is_some())
            || dots(path)
            || path.to_ascii_lowercase().contains("%5c")
        {
            return Err(RedirectError::Ambiguous);
        }
        let kind = match (scheme.as_str(), authority) {
            ("https", Some(authority)) if !authority.host().is_empty() => {
                Kind::Https(HostPort::of_uri(text, authority)?)
            }
            ("http", Some(authority)) if !authority.host().is_empty() => {
                let host = authority.host().to_ascii_lowercase();
                if !matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]") {
                    return Err(RedirectError::PlainHttp);
                }
                // RFC 3986 §6.2.3: an empty path is the path "/".
                let path = if path.is_empty() { "/" } else { path };
                let query = uri.query().map_or("", |query| query.as_str());
                let mark = if uri.query().is_some() { "?" } else { "" };
                Kind::Loopback(["http://", &host, path, mark, query].concat())
            }
            ("http" | "https" | "", _) => return Err(RedirectError::Malformed),
            (scheme, _) => Kind::PrivateUse(scheme.to_owned()),
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    /// The URI as given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme of a private-use URI, in lower case.
    pub fn private_use_scheme(&self) -> Option<&str> {
        match &self.kind {
            Kind::PrivateUse(scheme) => Some(scheme),
            Kind::Https(_) | Kind::Loopback(_) => None,
        }
    }

    /// Host and port of an https URI.
    pub(super) const fn https_host(&self) -> Option<&HostPort> {
        match &self.kind {
            Kind::Https(host) => Some(host),
            Kind::Loopback(_) | Kind::PrivateUse(_) => None,
        }
    }

    /// A text that is the same for exactly those URIs that [match](Self::matches) each other: a loopback address
    /// without its port.
    pub fn without_port(&self) -> &str {
        match &self.kind {
            Kind::Loopback(portless) => portless,
            Kind::Https(_) | Kind::PrivateUse(_) => &self.text,
        }
    }

    /// Whether the URI is `https` and has the host and port of `address`, another https URI.
    pub fn is_of_origin(&self, address: &str) -> bool {
        let other = Self::parse(address);
        self.https_host().is_some_and(|own| other.is_ok_and(|other| other.https_host() == Some(own)))
    }

    /// Whether the URI leads to a port of the user's own machine (RFC 8252 §7.3).
    pub const fn is_loopback(&self) -> bool {
        matches!(self.kind, Kind::Loopback(_))
    }

    /// Whether the URI leads to a program on the user's own machine: by loopback or a private-use scheme.
    pub const fn is_local(&self) -> bool {
        matches!(self.kind, Kind::Loopback(_) | Kind::PrivateUse(_))
    }

    /// The text for a consent page: the host with its port, or the scheme of a private-use URI.
    pub fn shown_host(&self) -> String {
        match &self.kind {
            Kind::PrivateUse(scheme) => [scheme, ":"].concat(),
            Kind::Https(host) => host.shown(),
            Kind::Loopback(_) => Uri::parse(self.text.as_str())
                .ok()
                .and_then(|uri| uri.authority().map(|authority| authority.as_str().to_owned()))
                .unwrap_or_default(),
        }
    }

    /// Whether a request may use this URI if the client has registered `registered`: both must be equal (MCP security
    /// considerations), but the port of a loopback address may differ (RFC 8252 §7.3).
    pub fn matches(&self, registered: &Self) -> bool {
        self.without_port() == registered.without_port()
    }
}

/// Parameters that the response adds. A registered URI must not have them, or the client would get them twice.
const RESPONSE_PARAMETERS: [&str; 5] = ["code", "state", "iss", "error", "error_description"];

/// Whether the URI's own query has a parameter that the response adds.
pub fn collides_with_response(uri: &RedirectUri) -> bool {
    let query = uri.as_str().split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
        RESPONSE_PARAMETERS.contains(&&*name)
    })
}
