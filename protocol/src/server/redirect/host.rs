//! Hosts of redirect URIs and of the patterns in `allowedRedirectHosts`, in one canonical form.
//!
//! A redirect URI is compared here as RFC 3986 defines it, and followed by a browser, which reads URLs as the WHATWG
//! defines them. If the two could read different hosts (`https://evil.com%23.corp.example`), the URI is refused, so
//! that the comparison and the browser always mean the same host.

use super::error::RedirectError;
use fluent_uri::component::Authority;
use url::{Host, Url};

/// Host and port of an https URI. The host is in lower case, with A-labels and without a trailing dot; an IP address is
/// in its canonical text, IPv6 in brackets. The port is 443 if none is given.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct HostPort {
    host: String,
    port: u16,
}

/// The default port of https.
const HTTPS_PORT: u16 = 443;

impl HostPort {
    /// The host and port of the https URI `text`, whose RFC 3986 authority is `authority`. Fails with
    /// [`RedirectError::Ambiguous`] if a browser would read another host.
    pub(super) fn of_uri(text: &str, authority: Authority<'_>) -> Result<Self, RedirectError> {
        let url = Url::parse(text).map_err(|_| RedirectError::Malformed)?;
        let written = authority.host();
        let same = match url.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case(written),
            Some(Host::Ipv4(address)) => address.to_string() == written,
            Some(Host::Ipv6(address)) => {
                written.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>() == Ok(address)
            }
            None => false,
        };
        let host = canonical(&url).filter(|_| same).ok_or(RedirectError::Ambiguous)?;
        Ok(Self { host, port: url.port().unwrap_or(HTTPS_PORT) })
    }

    /// The host, with its port unless that is the default.
    pub(super) fn shown(&self) -> String {
        if self.port == HTTPS_PORT { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }
}

/// An entry of `allowedRedirectHosts` that names hosts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum HostPattern {
    /// Exactly this host at this port.
    Exact(HostPort),
    /// Every host below this one at this port, but not the host itself.
    Below(HostPort),
}

impl HostPattern {
    /// Reads a pattern such as `claude.ai`, `h:8443`, `[2001:db8::1]` or `*.example.com`. International names may be
    /// written in Unicode. `None` for anything else, such as a scheme, a path, user information, or another wildcard.
    pub(super) fn parse(entry: &str) -> Option<Self> {
        let (below, host) = entry.strip_prefix("*.").map_or((false, entry), |rest| (true, rest));
        // Refuses characters that could end the authority, or that are decoded to such a character.
        if host.contains(['/', '\\', '@', '?', '#', '%', '*']) || host.contains(char::is_whitespace) {
            return None;
        }
        let host = host.strip_suffix('.').unwrap_or(host);
        let url = Url::parse(&["https://", host, "/"].concat()).ok()?;
        let named = matches!(url.host(), Some(Host::Domain(_)));
        let origin = HostPort { host: canonical(&url)?, port: url.port().unwrap_or(HTTPS_PORT) };
        if below { named.then_some(Self::Below(origin)) } else { Some(Self::Exact(origin)) }
    }

    /// Whether the pattern matches this host.
    pub(super) fn matches(&self, host: &HostPort) -> bool {
        match self {
            Self::Exact(origin) => origin == host,
            Self::Below(parent) => {
                let label = host.host.strip_suffix(&parent.host).and_then(|rest| rest.strip_suffix('.'));
                label.is_some_and(|label| !label.is_empty()) && host.port == parent.port
            }
        }
    }
}

/// The host, if it is an IP address or a DNS name of letters, digits, `-` and `_`. A trailing dot is refused, because
/// for browsers it makes another host.
fn canonical(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    if !matches!(url.host(), Some(Host::Domain(_))) {
        return Some(host.to_owned());
    }
    let is_label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        (1..=63).contains(&label.len()) && label.bytes().all(plain)
    };
    (host.len() <= 253 && host.split('.').all(is_label)).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::server::redirect::{RedirectRules, RedirectUri};
    use crate::text::TextSet;

    /// Whether the URI is accepted if only these hosts are allowed.
    fn is_accepted(pattern: &str, uri: &str) -> bool {
        let rules = RedirectRules::new(&TextSet::default(), &TextSet::from_iter([pattern.to_owned()]));
        RedirectUri::parse(uri).is_ok_and(|uri| rules.check(&uri).is_ok())
    }

    #[test]
    fn hosts_that_a_browser_reads_differently_are_refused() {
        for uri in [
            // Escapes: a browser decodes them, and the decoded character may end the host.
            "https://evil.com%23.corp.example/cb",
            "https://evil.com%2f.corp.example/cb",
            "https://evil.com%2F%2e.corp.example/cb",
            "https://evil.com%3f.corp.example/cb",
            "https://evil.com%40a.corp.example/cb",
            "https://evil.com%5c.corp.example/cb",
            "https://evil.com%00.corp.example/cb",
            "https://a%2ecorp.example/cb",
            "https://%61.corp.example/cb",
            // User information.
            "https://a.corp.example@evil.com/cb",
            "https://a.corp.example:x@evil.com/cb",
            "https://@a.corp.example/cb",
            // Characters of RFC 3986 that no host name has.
            "https://evil.com;.corp.example/cb",
            "https://evil.com,.corp.example/cb",
            "https://evil.com!.corp.example/cb",
            "https://evil.com$&'()*+=.corp.example/cb",
            "https://evil.com~.corp.example/cb",
            // Not a URI, or a URI whose host ends before `.corp.example`.
            "https://evil.com\\.corp.example/cb",
            "https://evil.com#.corp.example/cb",
            "https://evil.com?.corp.example/cb",
            "https://evil.com/.corp.example/cb",
            "https://evil.com\t.corp.example/cb",
            "https://evil。com.corp.example/cb",
            "https:\\\\a.corp.example/cb",
            "https:a.corp.example/cb",
            // Invalid labels, or no label below the domain.
            "https://.corp.example/cb",
            "https://a..corp.example/cb",
            "https://-.corp.example./cb",
            "https://xn--a.corp.example/cb",
            "https://corp.example/cb",
            "https://corp.example./cb",
            "https://acorp.example/cb",
            "https://a.corp.example.evil.com/cb",
            // Ports.
            "https://a.corp.example:8443/cb",
            "https://a.corp.example:0443x/cb",
            "https://a.corp.example:99999/cb",
        ] {
            assert!(!is_accepted("*.corp.example", uri), "{uri}");
        }
        for uri in [
            "https://a.corp.example/cb",
            "https://A.B.Corp.Example/cb",
            "https://a.corp.example:443/cb",
            "https://a.corp.example:/cb",
            "https://a_b-1.corp.example/cb",
            "https://xn--bcher-kva.corp.example/cb",
        ] {
            assert!(is_accepted("*.corp.example", uri), "{uri}");
        }
    }

    #[test]
    fn patterns_and_hosts_are_compared_in_canonical_form() {
        for (pattern, uri, expected) in [
            ("Claude.AI", "https://claude.ai/cb", true),
            ("claude.ai.", "https://claude.ai/cb", true),
            ("claude.ai", "https://claude.ai./cb", false),
            ("claude.ai:443", "https://claude.ai/cb", true),
            ("claude.ai", "https://claude.ai:8443/cb", false),
            ("h:8443", "https://h:8443/cb", true),
            ("h:8443", "https://h/cb", false),
            ("*.h:8443", "https://a.h:8443/cb", true),
            ("*.h:8443", "https://a.h/cb", false),
            ("bücher.example", "https://xn--bcher-kva.example/cb", true),
            ("*.bücher.example", "https://a.xn--bcher-kva.example/cb", true),
            ("[2001:db8::1]", "https://[2001:DB8:0:0::1]/cb", true),
            ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443/cb", true),
            ("[2001:db8::1]", "https://[2001:db8::2]/cb", false),
            ("192.0.2.1", "https://192.0.2.1/cb", true),
            ("192.0.2.1", "https://0xc0.0.2.1/cb", false),
            ("192.0.2.1", "https://3221225985/cb", false),
            ("0xc0.0.2.1", "https://192.0.2.1/cb", true),
        ] {
            assert_eq!(is_accepted(pattern, uri), expected, "{pattern} {uri}");
        }
    }

    #[test]
    fn a_pattern_without_a_host_matches_nothing() {
        for pattern in [
            "*",
            "*.",
            "*.*",
            "a.*.example",
            "*example",
            "https://claude.ai",
            "claude.ai/",
            "claude.ai/cb",
            "u@claude.ai",
            "claude.ai?",
            "claude.ai#",
            "%2a.example",
            "*.192.0.2.1",
            "*.[::1]",
            "claude .ai",
            "claude.ai\\",
            "claude.ai\\.evil.example",
            "cl%61ude.ai",
            "claude.ai\n",
            "clau\tde.ai",
            "",
        ] {
            for uri in ["https://claude.ai/cb", "https://a.example/cb", "https://192.0.2.1/cb"] {
                assert!(!is_accepted(pattern, uri), "{pattern} {uri}");
            }
        }
    }
}
