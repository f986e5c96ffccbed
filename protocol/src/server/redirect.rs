//! Redirect URIs: one set of rules, used at registration and at authorization.
//!
//! RFC 6749 §3.1.2, RFC 8252 §7 (native apps), OAuth 2.1 §2.3.1 and §8.4.2, MCP's security
//! considerations: `https` anywhere, `http` on the loopback names only, a few private-use schemes of known clients,
//! nothing else.

use crate::error::OAuthError;
use crate::form::append_query;
use crate::uri::Base;
use fluent_uri::Uri;

/// Longest redirect URI, in bytes.
const LONGEST: usize = 2_048;

/// Private-use schemes (RFC 8252 §7.1) of MCP clients in wide use. Whoever holds the device can claim such a
/// scheme, so the list is closed.
const PRIVATE_USE: [&str; 3] = ["cursor", "vscode", "vscode-insiders"];

/// Schemes that run code or read files where they are opened: never, in any list.
const DANGEROUS: [&str; 10] =
    ["javascript", "data", "file", "vbscript", "blob", "about", "mailto", "view-source", "filesystem", "ws"];

/// A well-formed redirect URI of a kind we send people to; kept exactly as given.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RedirectUri {
    text: String,
    kind: Kind,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Https,
    /// The URI without its port, for comparison.
    Loopback(String),
    PrivateUse,
}

/// Why a text is not a redirect URI.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RedirectError {
    /// Not an absolute URI, or too long.
    #[error("the redirect URI is not an absolute URI of at most 2048 bytes")]
    Malformed,
    /// Something two parsers may read differently, or that no redirect URI may hold.
    #[error("the redirect URI holds user information, a fragment, dot segments or a backslash")]
    Ambiguous,
    /// `http` on a host that is not this machine.
    #[error("http is for loopback redirect URIs only; use https")]
    PlainHttp,
    /// A private-use scheme that is not on the list.
    #[error("this private-use scheme is not accepted")]
    PrivateUse,
    /// A scheme that is never accepted.
    #[error("this scheme is never accepted")]
    Dangerous,
    /// It is fine, but the client did not register it.
    #[error("the redirect URI is not registered for this client")]
    Unregistered,
    /// The client registered several, so it must say which.
    #[error("redirect_uri is missing, and the client has several")]
    Missing,
}

impl RedirectUri {
    /// Checks the form and the kind.
    pub fn parse(text: &str) -> Result<Self, RedirectError> {
        if text.len() > LONGEST {
            return Err(RedirectError::Malformed);
        }
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
        if DANGEROUS.contains(&scheme.as_str()) {
            return Err(RedirectError::Dangerous);
        }
        // RFC 3986 already knows no backslash, control character or white space.
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
            ("https", Some(authority)) if !authority.host().is_empty() => Kind::Https,
            ("http", Some(authority)) if !authority.host().is_empty() => {
                let host = authority.host().to_ascii_lowercase();
                if !matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]") {
                    return Err(RedirectError::PlainHttp);
                }
                // RFC 3986 §6.2.3: no path is the path "/".
                let path = if path.is_empty() { "/" } else { path };
                let query = uri.query().map_or("", |query| query.as_str());
                let mark = if uri.query().is_some() { "?" } else { "" };
                Kind::Loopback([&host, path, mark, query].concat())
            }
            ("http" | "https", _) => return Err(RedirectError::Malformed),
            (scheme, _) if PRIVATE_USE.contains(&scheme) => Kind::PrivateUse,
            _ => return Err(RedirectError::PrivateUse),
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    /// The URI as given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it leads to a program on the person's own machine: loopback or private use.
    pub const fn is_local(&self) -> bool {
        matches!(self.kind, Kind::Loopback(_) | Kind::PrivateUse)
    }

    /// What a consent page shows: the host with port, or the scheme of a private-use URI.
    pub fn shown_host(&self) -> String {
        let authority = Uri::parse(self.text.as_str())
            .ok()
            .and_then(|uri| uri.authority().map(|a| a.as_str().to_owned()));
        match (&self.kind, authority) {
            (Kind::PrivateUse, _) => {
                self.text.split_once(':').map_or(String::new(), |(scheme, _)| [scheme, ":"].concat())
            }
            (Kind::Https | Kind::Loopback(_), authority) => authority.unwrap_or_default(),
        }
    }

    /// Exact equality (MCP security considerations), but any port on loopback (RFC 8252 §7.3).
    fn admits(&self, asked: &Self) -> bool {
        match (&self.kind, &asked.kind) {
            (Kind::Loopback(registered), Kind::Loopback(asked)) => registered == asked,
            _ => self.text == asked.text,
        }
    }
}

/// A redirect URI that the client at hand registered. Nothing is sent by redirect without one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValidatedRedirect(RedirectUri);

impl ValidatedRedirect {
    /// The asked URI if the client registered it; with none asked, the only one registered
    /// (RFC 6749 §3.1.2.3).
    pub fn choose(registered: &[RedirectUri], asked: Option<&str>) -> Result<Self, RedirectError> {
        match (asked, registered) {
            (Some(asked), _) => {
                let asked = RedirectUri::parse(asked)?;
                let known = registered.iter().any(|uri| uri.admits(&asked));
                if known { Ok(Self(asked)) } else { Err(RedirectError::Unregistered) }
            }
            (None, [only]) => Ok(Self(only.clone())),
            (None, _) => Err(RedirectError::Missing),
        }
    }

    /// The URI.
    pub const fn uri(&self) -> &RedirectUri {
        &self.0
    }

    /// The answer to an authorization request that failed (RFC 6749 §4.1.2.1, RFC 9207 §2).
    pub fn error(&self, base: &Base, error: OAuthError, state: Option<&str>) -> String {
        let mut pairs = vec![("error", error.code())];
        if let Some(state) = state {
            pairs.push(("state", state));
        }
        pairs.push(("iss", base.as_str()));
        append_query(self.0.as_str(), &pairs)
    }
}

/// Names that the answer adds; a registered URI must not hold them already, or the client would see two.
const ANSWER_PARAMETERS: [&str; 4] = ["code", "state", "iss", "error"];

/// Whether the URI's own query would collide with an answer's parameters.
pub fn collides_with_answer(uri: &RedirectUri) -> bool {
    let query = uri.as_str().split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
        ANSWER_PARAMETERS.contains(&&*name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(texts: &[&str]) -> Vec<RedirectUri> {
        texts.iter().map(|text| RedirectUri::parse(text).unwrap()).collect()
    }

    #[test]
    fn what_clients_in_use_register_is_accepted() {
        for text in [
            "https://claude.ai/api/mcp/auth_callback",
            "https://vscode.dev/redirect",
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
            "http://localhost/callback",
            "http://LOCALHOST:6274/oauth/callback",
            "http://[::1]:3000/cb",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "vscode://vendor.extension/cb",
            "https://host/cb?tenant=1",
        ] {
            assert!(RedirectUri::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_for_its_own_reason() {
        use RedirectError as E;
        for (text, why) in [
            ("", E::Malformed),
            ("/callback", E::Malformed),
            ("https:///cb", E::Malformed),
            ("https:cb", E::Malformed),
            ("https://h/a b", E::Malformed),
            ("https://h\\@evil/", E::Malformed),
            ("https://h/\u{1}", E::Malformed),
            ("https://h/%zz", E::Malformed),
            ("https://u:p@h/cb", E::Ambiguous),
            ("https://h/cb#f", E::Ambiguous),
            ("https://h/cb#", E::Ambiguous),
            ("https://h/a/../cb", E::Ambiguous),
            ("https://h/a/%2E%2e/cb", E::Ambiguous),
            ("https://h/a%5Cb", E::Ambiguous),
            ("http://h/cb", E::PlainHttp),
            ("http://localhost./cb", E::PlainHttp),
            ("http://a.localhost/cb", E::PlainHttp),
            ("http://127.0.0.2/cb", E::PlainHttp),
            ("http://localhost.evil.com/cb", E::PlainHttp),
            ("http://2130706433/cb", E::PlainHttp),
            ("com.app:/cb", E::PrivateUse),
            ("evil://h/cb", E::PrivateUse),
            ("javascript:alert(1)", E::Dangerous),
            ("JavaScript:alert(1)", E::Dangerous),
            ("data:text/html,x", E::Dangerous),
            ("file:///etc/passwd", E::Dangerous),
        ] {
            assert_eq!(RedirectUri::parse(text), Err(why), "{text}");
        }
        assert_eq!(RedirectUri::parse(&format!("https://h/{}", "a".repeat(2_048))), Err(E::Malformed));
    }

    #[test]
    fn loopback_ports_vary_and_nothing_else_does() {
        let known =
            registered(&["http://localhost/callback", "http://127.0.0.1:1/cb?a=1", "https://h:8443/cb"]);
        for good in [
            "http://localhost:50000/callback",
            "http://localhost/callback",
            "http://127.0.0.1:2/cb?a=1",
            "https://h:8443/cb",
        ] {
            assert_eq!(ValidatedRedirect::choose(&known, Some(good)).unwrap().uri().as_str(), good);
        }
        for bad in [
            "http://127.0.0.1:50000/callback",
            "http://localhost:50000/callback/",
            "http://localhost:50000/Callback",
            "http://localhost:50000/callback?x=1",
            "http://127.0.0.1:2/cb?a=2",
            "https://h:8444/cb",
            "https://h/cb",
            "https://H:8443/cb",
        ] {
            assert_eq!(
                ValidatedRedirect::choose(&known, Some(bad)),
                Err(RedirectError::Unregistered),
                "{bad}"
            );
        }
    }

    #[test]
    fn without_a_wish_only_a_single_one_is_chosen() {
        assert!(ValidatedRedirect::choose(&registered(&["https://h/cb"]), None).is_ok());
        let two = registered(&["https://h/cb", "https://h/cb2"]);
        assert_eq!(ValidatedRedirect::choose(&two, None), Err(RedirectError::Missing));
        assert_eq!(ValidatedRedirect::choose(&[], None), Err(RedirectError::Missing));
    }

    #[test]
    fn errors_carry_state_and_issuer_once() {
        let redirect = ValidatedRedirect::choose(&registered(&["https://h/cb?t=1"]), None).unwrap();
        let base = Base::parse("https://mcp.example.com/wiki").unwrap();
        assert_eq!(
            redirect.error(&base, OAuthError::AccessDenied, Some("a b")),
            "https://h/cb?t=1&error=access_denied&state=a%20b&iss=https%3A%2F%2Fmcp.example.com%2Fwiki"
        );
        assert!(!collides_with_answer(redirect.uri()));
        assert!(collides_with_answer(&RedirectUri::parse("https://h/cb?x=1&iss=evil").unwrap()));
        assert!(collides_with_answer(&RedirectUri::parse("https://h/cb?c%6fde=x").unwrap()));
    }

    #[test]
    fn the_consent_page_shows_where_the_answer_goes() {
        let shown = |text: &str| RedirectUri::parse(text).unwrap().shown_host();
        assert_eq!(shown("https://claude.ai/api/cb"), "claude.ai");
        assert_eq!(shown("http://localhost:123/cb"), "localhost:123");
        assert_eq!(shown("cursor://anysphere/cb"), "cursor:");
    }
}
