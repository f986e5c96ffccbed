//! The rules of the operator and of a tenant: the operator's private-use schemes and the tenant's
//! `allowedRedirectHosts`. They are checked at registration and again at authorization.

use super::error::RedirectError;
use super::host::HostPattern;
use super::uri::RedirectUri;
use crate::text::TextSet;

/// Private-use schemes (RFC 8252 §7.1) of MCP clients in wide use, as their authors document them or as issues of
/// servers show them: Claude's desktop application (anthropics/claude-code#93671), Raycast's `AppURI`
/// (developers.raycast.com), Cursor (laravel/mcp#173), Visual Studio Code and the extensions in it, Warp
/// (warpdotdev/warp#9088). Any program on the user's device can claim such a scheme, so the operator has to allow other
/// schemes.
const KNOWN_SCHEMES: [&str; 6] = ["claude", "com.raycast", "cursor", "vscode", "vscode-insiders", "warp"];
/// Longest scheme or host that an error shows, in bytes.
const LONGEST_SHOWN: usize = 100;

/// Names for the hosts and schemes of known clients, so that nobody needs to look them up.
const PRESETS: [(&str, &[&str]); 5] = [
    ("claude", &["claude.ai", "claude.com", "claude:"]),
    ("chatgpt", &["chatgpt.com"]),
    ("vscode", &["vscode.dev", "insiders.vscode.dev", "vscode:", "vscode-insiders:"]),
    ("cursor", &["cursor:", "www.cursor.com"]),
    ("copilot-studio", &["*.consent.azure-apim.net"]),
];

/// The entry that stands for the user's own machine: `localhost`, `127.0.0.1` and `[::1]`.
const LOOPBACK: &str = "loopback";

/// The rules of one tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RedirectRules {
    schemes: TextSet,
    /// Empty: every host, loopback and every accepted scheme.
    allowed: Vec<Entry>,
}

/// One entry of `allowedRedirectHosts`.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Entry {
    /// `loopback`.
    Loopback,
    /// A private-use scheme, without its colon.
    Scheme(String),
    /// A host, or hosts.
    Host(HostPattern),
    /// An invalid entry. It is kept, so that a list of invalid entries is not an empty list, which allows everything.
    Unusable,
}

impl Entry {
    /// Reads an entry in lower case.
    fn parse(text: &str) -> Self {
        if text == LOOPBACK {
            return Self::Loopback;
        }
        match text.strip_suffix(':') {
            Some(scheme) => Self::Scheme(scheme.to_owned()),
            None => HostPattern::parse(text).map_or(Self::Unusable, Self::Host),
        }
    }

    fn matches(&self, uri: &RedirectUri) -> bool {
        match self {
            Self::Loopback => uri.is_local() && uri.private_use_scheme().is_none(),
            Self::Scheme(scheme) => uri.private_use_scheme() == Some(scheme.as_str()),
            Self::Host(pattern) => uri.https_host().is_some_and(|host| pattern.matches(host)),
            Self::Unusable => false,
        }
    }
}

impl RedirectRules {
    /// Creates the rules. `schemes` are the private-use schemes that the operator accepts in addition to the known
    /// ones. `allowed` is the tenant's list of hosts (`claude.ai`, `h:8443`, `*.example.com`), schemes (`cursor:`),
    /// `loopback`, or names of presets. An empty list allows everything that is accepted at all.
    pub fn new(schemes: &TextSet, allowed: &TextSet) -> Self {
        let mut list = Vec::new();
        for entry in allowed.iter().map(str::to_ascii_lowercase) {
            match PRESETS.iter().find(|(name, _)| *name == entry) {
                Some((_, entries)) => list.extend(entries.iter().map(|entry| Entry::parse(entry))),
                None => list.push(Entry::parse(&entry)),
            }
        }
        Self { schemes: schemes.clone(), allowed: list }
    }

    /// Fails unless the rules allow the redirect URI.
    pub fn check(&self, uri: &RedirectUri) -> Result<(), RedirectError> {
        let shown = |text: &str| text.get(..LONGEST_SHOWN).unwrap_or(text).to_owned();
        let scheme = uri.private_use_scheme();
        if let Some(scheme) =
            scheme.filter(|scheme| !KNOWN_SCHEMES.contains(scheme) && !self.schemes.contains(scheme))
        {
            return Err(RedirectError::PrivateUse(shown(scheme)));
        }
        let allowed = self.allowed.iter().any(|entry| entry.matches(uri));
        if self.allowed.is_empty() || allowed {
            Ok(())
        } else {
            Err(RedirectError::HostNotAllowed(shown(&uri.shown_host())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schemes: &[&str], allowed: &[&str], uri: &str) -> Result<(), RedirectError> {
        let set = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<TextSet>();
        RedirectRules::new(&set(schemes), &set(allowed)).check(&RedirectUri::parse(uri).unwrap())
    }

    #[test]
    fn without_a_list_only_unknown_schemes_are_refused() {
        for uri in [
            "https://any.example/cb",
            "http://localhost:1/cb",
            "claude://claude.ai/mcp-auth-callback/sdk",
            "com.raycast:/oauth?package_name=Extension",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "vscode://saoudrizwan.claude-dev/mcp-auth/callback/x",
            "vscode-insiders://a/b",
            "warp://mcp/oauth2callback",
        ] {
            assert_eq!(check(&[], &[], uri), Ok(()), "{uri}");
        }
        for (uri, scheme) in [("com.app:/cb", "com.app"), ("Evil://h/cb", "evil"), ("claude2://h", "claude2")]
        {
            assert_eq!(check(&[], &[], uri), Err(RedirectError::PrivateUse(scheme.to_owned())), "{uri}");
        }
        assert_eq!(check(&["com.app"], &[], "com.app:/cb"), Ok(()));
        assert_eq!(check(&["com.app"], &[], "COM.APP:/cb"), Ok(()), "schemes have no case");
        let refused = Err(RedirectError::PrivateUse("com.app2".to_owned()));
        assert_eq!(check(&["com.app"], &[], "com.app2:/cb"), refused);
    }

    #[test]
    fn a_list_refuses_whatever_it_does_not_name() {
        let list = ["claude", "h.example:8443", "*.corp.example", "com.app:"];
        for (uri, allowed) in [
            ("https://claude.ai/api/mcp/auth_callback", true),
            ("https://CLAUDE.com/x", true),
            ("https://claude.ai:8443/x", false),
            ("https://evil-claude.ai/x", false),
            ("https://claude.ai.evil.example/x", false),
            ("https://h.example:8443/x", true),
            ("https://h.example/x", false),
            ("https://a.b.corp.example/x", true),
            ("https://corp.example/x", false),
            ("https://evilcorp.example/x", false),
            ("com.app:/cb", true),
            ("claude://claude.ai/mcp-auth-callback/sdk", true),
            ("cursor://a/cb", false),
            ("http://localhost:1/cb", false),
        ] {
            match check(&["com.app"], &list, uri) {
                Ok(()) => assert!(allowed, "{uri}"),
                Err(error) => {
                    assert!(!allowed && matches!(error, RedirectError::HostNotAllowed(_)), "{uri}: {error}");
                }
            }
        }
        assert_eq!(check(&[], &["loopback"], "http://[::1]:9/cb"), Ok(()));
        for (uri, shown) in
            [("claude://h/cb", "claude:"), ("com.app:/cb", "com.app:"), ("https://[::1]/cb", "[::1]")]
        {
            let refused = Err(RedirectError::HostNotAllowed(shown.to_owned()));
            assert_eq!(check(&["com.app"], &["loopback"], uri), refused, "no loopback address");
        }
        let refused = Err(RedirectError::HostNotAllowed("h".to_owned()));
        assert_eq!(check(&[], &["*"], "https://h/cb"), refused);
    }

    #[test]
    fn presets_cover_the_hosted_clients() {
        for (preset, uri) in [
            ("claude", "https://claude.com/api/mcp/auth_callback"),
            ("chatgpt", "https://chatgpt.com/connector/oauth/abc"),
            ("vscode", "https://vscode.dev/redirect"),
            ("vscode", "https://insiders.vscode.dev/redirect"),
            ("cursor", "cursor://anysphere.cursor-mcp/oauth/callback"),
            ("copilot-studio", "https://global.consent.azure-apim.net/redirect/x"),
        ] {
            assert_eq!(check(&[], &[preset], uri), Ok(()), "{uri}");
            assert!(check(&[], &["else.example"], uri).is_err(), "{uri}");
        }
    }
}
