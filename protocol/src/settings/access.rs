//! Who may enter: judged at login and at every refresh.

use super::Identity;
use crate::text::TextSet;
use serde::{Deserialize, Serialize};

/// The `allowedUsers` option.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserRule {
    /// Not given: says nothing.
    #[default]
    Unset,
    /// `*`: anyone the provider knows, said on purpose.
    Any,
    /// These subjects or verified e-mail addresses.
    Only(TextSet),
}

/// The rules of one tenant. Each rule that is given must hold: more rules admit fewer people.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessRules {
    /// Which users.
    pub users: UserRule,
    /// Domains of verified e-mail addresses; empty for any.
    pub email_domains: TextSet,
    /// Groups of which the user must be in at least one; empty for any.
    pub groups: TextSet,
}

/// Why a user may not enter. Names the rule, never the user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// Anyone can have an account at this provider, so a rule is mandatory and none is given.
    #[error("the provider is public and none of allowedUsers, allowedEmailDomains, allowedGroups is set")]
    RuleMandatory,
    /// `allowedUsers` does not list the subject or the verified address.
    #[error("not in allowedUsers")]
    User,
    /// `allowedEmailDomains` is set and the provider does not vouch for an address.
    #[error("allowedEmailDomains is set and the e-mail address is not verified")]
    EmailNotVerified,
    /// `allowedEmailDomains` does not list the address's domain.
    #[error("not in allowedEmailDomains")]
    EmailDomain,
    /// `allowedGroups` lists none of the user's groups.
    #[error("not in allowedGroups")]
    Group,
}

/// Proof that the rules let this user in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admitted {
    identity: Identity,
}

impl Admitted {
    /// The user who was judged.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The user who was judged.
    pub fn into_identity(self) -> Identity {
        self.identity
    }
}

impl AccessRules {
    /// Whether no rule is given at all.
    pub fn is_unset(&self) -> bool {
        self.users == UserRule::Unset && self.email_domains.is_empty() && self.groups.is_empty()
    }

    /// Judges one user. `public_issuer` says that anyone can have an account at the provider
    /// ([`is_public_issuer`]); then at least one rule must be given.
    pub fn judge(&self, identity: &Identity, public_issuer: bool) -> Result<Admitted, Refusal> {
        if public_issuer && self.is_unset() {
            return Err(Refusal::RuleMandatory);
        }
        let verified = verified_email(identity);
        if let UserRule::Only(users) = &self.users {
            let by_email = |email: &str| users.iter().any(|user| user.eq_ignore_ascii_case(email));
            if !users.contains(&identity.sub) && !verified.is_some_and(by_email) {
                return Err(Refusal::User);
            }
        }
        if !self.email_domains.is_empty() {
            let (_, domain) =
                verified.and_then(|email| email.split_once('@')).ok_or(Refusal::EmailNotVerified)?;
            if !self.email_domains.iter().any(|allowed| allowed.eq_ignore_ascii_case(domain)) {
                return Err(Refusal::EmailDomain);
            }
        }
        if !self.groups.is_empty() && self.groups.is_disjoint(&identity.claims.groups) {
            return Err(Refusal::Group);
        }
        Ok(Admitted { identity: identity.clone() })
    }
}

/// The e-mail address, if the provider vouches for it and it has exactly one `@` with text on both sides.
fn verified_email(identity: &Identity) -> Option<&str> {
    let email = identity.claims.email.as_deref()?;
    let (local, domain) = email.split_once('@')?;
    let shaped = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
    (identity.claims.email_verified == Some(true) && shaped).then_some(email)
}

/// Hosts at which anyone can make an account.
const PUBLIC_HOSTS: &[&str] = &[
    "accounts.google.com",
    "github.com",
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

/// First path segments of Entra ID issuers that take accounts of any organisation or person; the last is
/// the tenant of personal accounts.
const PUBLIC_ENTRA: &[&str] =
    &["common", "organizations", "consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"];

/// Whether anyone on the internet can have an account at this issuer.
pub fn is_public_issuer(issuer: &str) -> bool {
    let rest = crate::uri::after_scheme(issuer).unwrap_or(issuer).to_ascii_lowercase();
    let (authority, path) = rest.split_once('/').unwrap_or((&rest, ""));
    let host = authority.split_once(':').map_or(authority, |(host, _)| host).trim_end_matches('.');
    if host == "login.microsoftonline.com" || host == "sts.windows.net" {
        return PUBLIC_ENTRA.contains(&path.split('/').next().unwrap_or_default());
    }
    PUBLIC_HOSTS.contains(&host)
}
