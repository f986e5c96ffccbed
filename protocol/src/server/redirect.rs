//! Redirect URIs: one set of rules, used at registration and at authorization.
//!
//! RFC 6749 §3.1.2, RFC 8252 §7 (native apps), OAuth 2.1 §2.3.1 and §8.4.2, MCP's security
//! considerations: `https` anywhere, `http` on the loopback names only, a few private-use schemes of known clients,
//! nothing else. What a tenant or the operator says beyond that is [`super::redirect_rules`].

use crate::error::OAuthError;
use crate::form::append_query;
use crate::limits::registration::REDIRECT_URI;
use crate::server::redirect_host::HostPort;
use crate::server::redirect_rules::{RedirectRules, is_dangerous};
use crate::uri::Base;
use fluent_uri::Uri;

/// A well-formed redirect URI of a kind we send people to; kept exactly as given.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RedirectUri {
    text: String,
    kind: Kind,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    /// Where it leads, as every parser reads it.
    Https(HostPort),
    /// The URI without its port, for comparison.
    Loopback(String),
    /// Its scheme, in lower case.
    PrivateUse(String),
}

/// Why a text is not a redirect URI.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RedirectError {
    /// Not an absolute URI, or too long.
    #[error("the redirect URI is not an absolute URI of at most 2048 bytes")]
    Malformed,
    /// Something two parsers may read differently, or that no redirect URI may hold.
    #[error(
        "the redirect URI holds user information, a fragment, dot segments, a backslash, or a host that is not \
         written as a plain name or address"
    )]
    Ambiguous,
    /// `http` on a host that is not this machine.
    #[error("http is for loopback redirect URIs only; use https")]
    PlainHttp,
    /// A private-use scheme that is not on the list.
    #[error("this private-use scheme is not accepted")]
    PrivateUse,
    /// The tenant sends people elsewhere only.
    #[error("this host is not in allowedRedirectHosts")]
    HostNotAllowed,
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
        if text.len() > REDIRECT_URI.most {
            return Err(RedirectError::Malformed);
        }
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
        if is_dangerous(&scheme) {
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
            ("https", Some(authority)) if !authority.host().is_empty() => {
                Kind::Https(HostPort::of_uri(text, authority)?)
            }
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
    pub fn private_use_scheme(&self) -> Option<String> {
        match &self.kind {
            Kind::PrivateUse(scheme) => Some(scheme.clone()),
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

    /// Whether it is `https` and of the same host and port as another https address.
    pub fn is_of_origin(&self, address: &str) -> bool {
        let other = Self::parse(address);
        self.https_host().is_some_and(|own| other.is_ok_and(|other| other.https_host() == Some(own)))
    }

    /// Whether it leads to a program on the person's own machine: loopback or private use.
    pub const fn is_local(&self) -> bool {
        matches!(self.kind, Kind::Loopback(_) | Kind::PrivateUse(_))
    }

    /// What a consent page shows: the host with port, or the scheme of a private-use URI.
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

    /// Exact equality (MCP security considerations), but any port on loopback (RFC 8252 §7.3).
    pub fn admits(&self, asked: &Self) -> bool {
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
    pub fn choose(
        registered: &[RedirectUri],
        asked: Option<&str>,
        rules: &RedirectRules,
    ) -> Result<Self, RedirectError> {
        let chosen = match (asked, registered) {
            (Some(asked), _) => {
                let asked = RedirectUri::parse(asked)?;
                let known = registered.iter().any(|uri| uri.admits(&asked));
                if known { asked } else { return Err(RedirectError::Unregistered) }
            }
            (None, [only]) => only.clone(),
            (None, _) => return Err(RedirectError::Missing),
        };
        // Again: the rules may have changed since it was registered.
        rules.check(&chosen).map(|()| Self(chosen))
    }

    /// The URI.
    pub const fn uri(&self) -> &RedirectUri {
        &self.0
    }

    /// The answer to an authorization request that failed (RFC 6749 §4.1.2.1, RFC 9207 §2).
    ///
    /// `description` is fixed text for the client's author.
    pub fn error(
        &self,
        base: &Base,
        error: OAuthError,
        description: Option<&'static str>,
        state: Option<&str>,
    ) -> String {
        let mut pairs = vec![("error", error.code())];
        if let Some(description) = description {
            pairs.push(("error_description", description));
        }
        if let Some(state) = state {
            pairs.push(("state", state));
        }
        pairs.push(("iss", base.as_str()));
        append_query(self.0.as_str(), &pairs)
    }
}

/// Names that the answer adds; a registered URI must not hold them already, or the client would see two.
const ANSWER_PARAMETERS: [&str; 5] = ["code", "state", "iss", "error", "error_description"];

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
    use crate::text::TextSet;

    fn rules() -> RedirectRules {
        RedirectRules::new(&TextSet::default(), &TextSet::default())
    }

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
            "com.app:/cb",
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
            assert_eq!(ValidatedRedirect::choose(&known, Some(good), &rules()).unwrap().uri().as_str(), good);
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
                ValidatedRedirect::choose(&known, Some(bad), &rules()),
                Err(RedirectError::Unregistered),
                "{bad}"
            );
        }
    }

    #[test]
    fn without_a_wish_only_a_single_one_is_chosen() {
        assert!(ValidatedRedirect::choose(&registered(&["https://h/cb"]), None, &rules()).is_ok());
        let two = registered(&["https://h/cb", "https://h/cb2"]);
        assert_eq!(ValidatedRedirect::choose(&two, None, &rules()), Err(RedirectError::Missing));
        assert_eq!(ValidatedRedirect::choose(&[], None, &rules()), Err(RedirectError::Missing));
    }

    #[test]
    fn errors_carry_state_and_issuer_once() {
        let redirect = ValidatedRedirect::choose(&registered(&["https://h/cb?t=1"]), None, &rules()).unwrap();
        let base = Base::parse("https://mcp.example.com/wiki").unwrap();
        assert_eq!(
            redirect.error(&base, OAuthError::AccessDenied, None, Some("a b")),
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

    #[test]
    fn what_is_registered_is_judged_again_when_it_is_used() {
        let known = registered(&["https://h/cb", "com.app:/cb"]);
        let only =
            |host: &str| RedirectRules::new(&TextSet::default(), &TextSet::from_iter([host.to_owned()]));
        let choose = |uri, rules: &RedirectRules| ValidatedRedirect::choose(&known, Some(uri), rules);
        assert!(choose("https://h/cb", &only("h")).is_ok());
        assert_eq!(choose("https://h/cb", &only("else")), Err(RedirectError::HostNotAllowed));
        assert_eq!(choose("com.app:/cb", &rules()), Err(RedirectError::PrivateUse));
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let of = |uri: &str, address: &str| RedirectUri::parse(uri).unwrap().is_of_origin(address);
        assert!(of("https://claude.ai/cb", "https://claude.ai/oauth/client.json"));
        assert!(of("https://CLAUDE.ai:443/cb", "https://claude.ai/x"));
        for (uri, address) in [
            ("https://claude.ai/cb", "https://evil.ai/x"),
            ("https://claude.ai:8443/cb", "https://claude.ai/x"),
            ("https://a.claude.ai/cb", "https://claude.ai/x"),
            ("http://localhost/cb", "http://localhost/x"),
            ("cursor://a/cb", "cursor://a/x"),
        ] {
            assert!(!of(uri, address), "{uri} {address}");
        }
    }
}
