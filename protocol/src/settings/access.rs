//! The access rules, which say who may enter. They are checked at login and at every refresh, against everything that
//! the provider said about the user.

use super::identity::Identity;
use super::issuer::{Accounts, WellKnown, is_personal};
use super::provider::Provider;
use super::subject::meant;
use crate::text::{TextSet, canonical_guid};
use serde::{Deserialize, Serialize};

/// The maximum number of groups that are kept with a user in addition to those that a rule or `scopeMap` names.
const OTHER_GROUPS: usize = 200;
/// The maximum length of the names of these additional groups together, in bytes.
const OTHER_BYTES: usize = 8 * 1024;

/// The `allowedUsers` option.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserRule {
    /// The option is not given.
    #[default]
    Unset,
    /// `*`: every user of the provider, on purpose.
    Any,
    /// Only users with these subjects or verified e-mail addresses.
    Only(TextSet),
}

/// The access rules of one tenant. A user must satisfy each rule that is given, so more rules admit fewer people.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessRules {
    /// Which users may enter.
    pub users: UserRule,
    /// Domains of verified e-mail addresses; empty: no domain is required.
    pub email_domains: TextSet,
    /// Groups; the user must be in at least one of them. Empty: no group is required.
    pub groups: TextSet,
    /// `allowedTenants`, as written: ids of the Entra ID directories whose users may enter. It is mandatory if the
    /// issuer signs in users of any directory, and must be empty if the provider is not Entra ID. With `*`, users of
    /// directories that are not listed may enter too, but their groups are ignored.
    #[serde(skip_serializing_if = "TextSet::is_empty")]
    pub directories: TextSet,
}

/// Why a user may not enter. The text names the rule, never the user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// Anyone can have an account at this provider, so a rule is mandatory and none is given.
    #[error("the provider is public and none of allowedUsers, allowedEmailDomains, allowedGroups is set")]
    RuleMandatory,
    /// The provider signs in users of any directory, and the settings do not say which directories may enter.
    #[error("the provider signs in people of any Entra ID directory and allowedTenants is not set")]
    DirectoriesMandatory,
    /// `allowedTenants` is given and the provider is not Entra ID, or an entry is neither a GUID nor `*`.
    #[error(
        "allowedTenants is not a list of Entra ID directory ids (GUIDs), or the provider is not Entra ID"
    )]
    DirectoriesWrong,
    /// `allowedTenants` does not list the user's directory, or the user belongs to no directory.
    #[error("not of a directory in allowedTenants")]
    Directory,
    /// `allowedUsers` lists neither the user's subject nor the user's verified e-mail address.
    #[error("not in allowedUsers")]
    User,
    /// `allowedEmailDomains` is set and the user has no e-mail address that the provider has verified.
    #[error("allowedEmailDomains is set and the e-mail address is missing or not verified")]
    EmailNotVerified,
    /// `allowedEmailDomains` does not list the domain of the e-mail address.
    #[error("not in allowedEmailDomains")]
    EmailDomain,
    /// The Google account is not managed by the organisation that owns the domain. A Google account with an address of
    /// the domain need not be the organisation's: only accounts that the organisation manages have the domain in the
    /// claim `hd`.
    #[error("allowedEmailDomains is set and the Google account is not managed by that domain (hd)")]
    HostedDomain,
    /// `allowedGroups` lists none of the user's groups.
    #[error("not in allowedGroups")]
    Group,
}

impl Refusal {
    /// Whether the settings are at fault, so that nobody can enter.
    pub const fn is_of_settings(self) -> bool {
        matches!(self, Self::RuleMandatory | Self::DirectoriesMandatory | Self::DirectoriesWrong)
    }
}

/// Proof that the access rules authorize this user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorizedUser {
    identity: Identity,
}

impl AuthorizedUser {
    /// The user.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The user.
    pub fn into_identity(self) -> Identity {
        self.identity
    }

    /// Keeps the named groups, and others up to [`OTHER_GROUPS`] and [`OTHER_BYTES`].
    pub(super) fn keep_groups<'a>(mut self, named: impl Iterator<Item = &'a str>) -> Self {
        let groups = &self.identity.claims.groups;
        let named = named.flat_map(|name| [Some(name.to_owned()), canonical_guid(name)]).flatten();
        let mut kept: TextSet = named.filter(|name| groups.contains(name)).collect();
        let (mut others, mut bytes) = (0, 0);
        let more: Vec<String> = groups
            .iter()
            .filter(|group| !kept.contains(group))
            .take_while(|group| {
                others += 1;
                bytes += group.len();
                others <= OTHER_GROUPS && bytes <= OTHER_BYTES
            })
            .map(str::to_owned)
            .collect();
        kept.extend(more);
        self.identity.claims.groups = kept;
        self
    }
}

/// An entry of `allowedEmailDomains` is not a domain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a list of domains")]
pub struct NotADomain;

impl AccessRules {
    /// Creates the rules from the lists in options or environment variables. An empty list is a rule that is not given.
    /// If `users` contains `*`, it admits every user. A domain may begin with `@`.
    pub fn from_lists(
        users: Vec<String>,
        email_domains: Vec<String>,
        groups: Vec<String>,
        directories: Vec<String>,
    ) -> Result<Self, NotADomain> {
        let users: TextSet = users.into_iter().collect();
        let users = if users.is_empty() {
            UserRule::Unset
        } else if users.contains("*") {
            UserRule::Any
        } else {
            UserRule::Only(users)
        };
        let mut domains = TextSet::default();
        for domain in email_domains {
            let domain = domain.strip_prefix('@').unwrap_or(&domain).to_ascii_lowercase();
            if domain.is_empty() || domain.contains('@') || domain.contains('*') {
                return Err(NotADomain);
            }
            domains.insert(domain);
        }
        Ok(Self {
            users,
            email_domains: domains,
            groups: groups.into_iter().collect(),
            directories: directories.into_iter().collect(),
        })
    }

    /// Adds each rule of `defaults` that is not given here. The list of directories is added only if the provider is
    /// Entra ID.
    pub fn or_defaults(&mut self, defaults: &Self, provider: &Provider) {
        if self.users == UserRule::Unset {
            self.users = defaults.users.clone();
        }
        if self.email_domains.is_empty() {
            self.email_domains = defaults.email_domains.clone();
        }
        if self.groups.is_empty() {
            self.groups = defaults.groups.clone();
        }
        if self.directories.is_empty() && provider.well_known() == Some(WellKnown::Entra) {
            self.directories = defaults.directories.clone();
        }
    }

    /// Whether a rule is about e-mail addresses, so that the address has to be requested from the provider.
    pub fn need_address(&self) -> bool {
        let by_address =
            matches!(&self.users, UserRule::Only(users) if users.iter().any(|user| user.contains('@')));
        by_address || !self.email_domains.is_empty()
    }

    /// Whether no rule is given.
    pub fn is_unset(&self) -> bool {
        let any = !self.email_domains.is_empty() || !self.groups.is_empty() || !self.directories.is_empty();
        self.users == UserRule::Unset && !any
    }

    /// Checks that the rules that are mandatory for this provider are given, and that `allowedTenants` is valid. The
    /// settings are at fault if this fails.
    pub fn suffice(&self, provider: &Provider) -> Result<(), Refusal> {
        let accounts = provider.accounts();
        let directory = |text: &str| text == "*" || canonical_guid(text).is_some();
        if self.directories.is_empty() {
            if accounts == Accounts::AnyDirectory {
                return Err(Refusal::DirectoriesMandatory);
            }
        } else if provider.well_known() != Some(WellKnown::Entra) || !self.directories.iter().all(directory) {
            return Err(Refusal::DirectoriesWrong);
        }
        // Anyone can have a personal account. `allowedTenants` with `*` or the directory of personal accounts therefore
        // does not count as a rule.
        let open = |id: &str| id == "*" || is_personal(id);
        let others = Self { directories: TextSet::new(), ..self.clone() };
        let unset = others.is_unset() && (self.directories.is_empty() || self.directories.iter().any(open));
        if accounts != Accounts::Given && unset { Err(Refusal::RuleMandatory) } else { Ok(()) }
    }

    /// Checks the rules for a user of this provider. Drops the user's groups if only `*` admits the user's directory.
    pub fn authorize(&self, identity: &Identity, provider: &Provider) -> Result<AuthorizedUser, Refusal> {
        self.suffice(provider)?;
        let known = provider.well_known();
        let mut identity = identity.clone();
        if !self.directories.is_empty() {
            // The subject of an Entra ID user begins with the directory.
            let id = identity.sub.split_once('.').and_then(|(directory, _)| canonical_guid(directory));
            let id = id.ok_or(Refusal::Directory)?;
            if !self
                .directories
                .iter()
                .any(|listed| canonical_guid(listed).is_some_and(|listed| listed == id))
            {
                if !self.directories.contains("*") {
                    return Err(Refusal::Directory);
                }
                // The administrator of another directory can give a group any name, so these groups prove nothing.
                identity.claims.groups = TextSet::new();
            }
        }
        let verified = verified_email(&identity);
        if let UserRule::Only(users) = &self.users {
            let by_email = |email: &str| users.iter().any(|user| user.eq_ignore_ascii_case(email));
            let by_subject = || users.iter().any(|user| meant(user) == identity.sub);
            if !by_subject() && !verified.is_some_and(by_email) {
                return Err(Refusal::User);
            }
        }
        if !self.email_domains.is_empty() {
            let (_, domain) =
                verified.and_then(|email| email.split_once('@')).ok_or(Refusal::EmailNotVerified)?;
            if !self.email_domains.iter().any(|allowed| allowed.eq_ignore_ascii_case(domain)) {
                return Err(Refusal::EmailDomain);
            }
            let hosted = identity.claims.hd.as_deref().is_some_and(|hd| hd.eq_ignore_ascii_case(domain));
            if known == Some(WellKnown::Google) && !hosted {
                return Err(Refusal::HostedDomain);
            }
        }
        if !self.groups.is_empty() && !is_in_one_of(&identity.claims.groups, &self.groups) {
            return Err(Refusal::Group);
        }
        Ok(AuthorizedUser { identity })
    }
}

/// Whether one of the user's groups is among these names. A GUID among the names may be written in either case; the
/// groups of an Entra ID user are canonical.
pub(super) fn is_in_one_of(groups: &TextSet, names: &TextSet) -> bool {
    let by_guid = |name: &str| canonical_guid(name).is_some_and(|id| groups.contains(&id));
    !groups.is_disjoint(names) || names.iter().any(by_guid)
}

/// The e-mail address, if the provider has verified it and it has exactly one `@`, with text on both sides.
fn verified_email(identity: &Identity) -> Option<&str> {
    let email = identity.claims.email.as_deref()?;
    let (local, domain) = email.split_once('@')?;
    let shaped = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
    (identity.claims.email_verified == Some(true) && shaped).then_some(email)
}
