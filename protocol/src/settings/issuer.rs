//! Providers that are known by the host of their issuer: what kind they are, and whether anyone can have an account.
//!
//! Both follow from the same lists of hosts, so no rule overlooks a host that is known as a kind.

use crate::text::canonical_guid;
use crate::uri::after_scheme;

/// A kind of provider that the access rules treat specially.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WellKnown {
    /// Google: an address proves its domain only together with the claim `hd`.
    Google,
    /// Entra ID: a user belongs to a directory, which the claim `tid` names.
    Entra,
    /// GitHub: OAuth without OpenID Connect.
    GitHub,
}

/// The directory of personal Microsoft accounts.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The authorities of Entra ID, with their older names and the sovereign clouds (as in the instance discovery of
/// Microsoft's own libraries).
const ENTRA: &[&str] = &[
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
    "login.microsoftonline.us",
    "login.usgovcloudapi.net",
    "login-us.microsoftonline.com",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
    "login.microsoftonline.de",
];

/// Other hosts at which anyone can make an account.
const PUBLIC: &[&str] = &[
    "gitlab.com",
    "appleid.apple.com",
    "login.live.com",
    "www.facebook.com",
    "www.linkedin.com",
    "slack.com",
    "discord.com",
    "id.twitch.tv",
    "api.login.yahoo.com",
    "account.box.com",
    "login.yahoo.com",
    "www.paypal.com",
    "access.line.me",
];

impl WellKnown {
    /// The kind that this value of `providerType` names, if it names one.
    pub fn named(kind: &str) -> Option<Self> {
        [("google", Self::Google), ("entra", Self::Entra), ("github", Self::GitHub)]
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(kind))
            .map(|(_, known)| known)
    }

    /// The kind of the provider at the issuer's host, if the host is known.
    pub fn at(issuer: &str) -> Option<Self> {
        match host(issuer).as_str() {
            "accounts.google.com" => Some(Self::Google),
            "github.com" => Some(Self::GitHub),
            host if ENTRA.contains(&host) => Some(Self::Entra),
            _ => None,
        }
    }
}

/// Who can have an account at a provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Accounts {
    /// Only people to whom an administrator gives an account.
    Given,
    /// The users of every Entra ID directory. Anyone can make a directory.
    AnyDirectory,
    /// Anyone on the internet.
    Anyones,
}

impl Accounts {
    /// Who can have an account at this issuer. `kind` is `providerType`, which decides where the issuer's host is in
    /// none of the lists. A Google or GitHub provider at such a host is not public.
    pub fn at(issuer: &str, kind: &str) -> Self {
        let known = WellKnown::at(issuer);
        let public = match known.or_else(|| WellKnown::named(kind)) {
            Some(WellKnown::Entra) => return Self::at_entra(issuer),
            Some(WellKnown::Google | WellKnown::GitHub) => known.is_some(),
            None => PUBLIC.contains(&host(issuer).as_str()),
        };
        if public { Self::Anyones } else { Self::Given }
    }

    /// Who can have an account at this Entra ID issuer. The first segment of the issuer's path decides.
    fn at_entra(issuer: &str) -> Self {
        let rest = after_scheme(issuer).unwrap_or(issuer).to_ascii_lowercase();
        match rest.split('/').skip(1).find(|segment| !segment.is_empty()) {
            Some("common" | "organizations") => Self::AnyDirectory,
            // One directory: that of personal accounts.
            Some("consumers" | PERSONAL) => Self::Anyones,
            _ => Self::Given,
        }
    }
}

/// Whether a directory id is that of personal accounts.
pub(super) fn is_personal(directory: &str) -> bool {
    canonical_guid(directory).is_some_and(|id| id == PERSONAL)
}

/// The issuer's host in lower case, without port and trailing dot.
fn host(issuer: &str) -> String {
    let rest = after_scheme(issuer).unwrap_or(issuer);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_issuers_are_known() {
        for (issuer, accounts) in [
            ("https://accounts.google.com", Accounts::Anyones),
            ("https://accounts.google.com./", Accounts::Anyones),
            ("https://GitHub.com", Accounts::Anyones),
            ("https://gitlab.com", Accounts::Anyones),
            ("https://keycloak.example.com/realms/common", Accounts::Given),
            ("https://accounts.google.com.evil.example", Accounts::Given),
            ("local", Accounts::Given),
        ] {
            assert_eq!(Accounts::at(issuer, ""), accounts, "{issuer}");
        }
        assert_eq!(Accounts::at("https://github.corp.example", "github"), Accounts::Given);
    }

    /// At every host of Entra ID the path decides who can have an account.
    #[test]
    fn every_entra_host_is_public_where_its_path_is() {
        for host in ENTRA {
            assert_eq!(
                WellKnown::at(&["https://", host, ":443/x"].concat()),
                Some(WellKnown::Entra),
                "{host}"
            );
            for (path, accounts) in [
                ("/common/v2.0", Accounts::AnyDirectory),
                ("//Common", Accounts::AnyDirectory),
                ("/organizations/v2.0", Accounts::AnyDirectory),
                ("/consumers/v2.0", Accounts::Anyones),
                ("/9188040D-6c67-4c5b-b112-36a304b66dad/v2.0", Accounts::Anyones),
                ("/0f0f0f0f-0000-0000-0000-000000000000/v2.0", Accounts::Given),
                ("/contoso.onmicrosoft.com/v2.0", Accounts::Given),
            ] {
                let issuer = ["https://", host, path].concat();
                for kind in ["", "oidc", "entra"] {
                    assert_eq!(Accounts::at(&issuer, kind), accounts, "{issuer} {kind}");
                }
            }
        }
        assert_eq!(Accounts::at("https://login.corp.example/common/v2.0", "Entra"), Accounts::AnyDirectory);
        assert_eq!(Accounts::at("https://login.corp.example/common/v2.0", "oidc"), Accounts::Given);
    }
}
