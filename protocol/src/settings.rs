//! What the author of a tenant's labels says about it, as far as the authorization server needs it.
//!
//! It travels inside the sealed context of each OAuth request, so the sidecar keeps no tenant list.

mod access;
mod issuer;
mod subject;

pub use access::{AccessRules, Admitted, Refusal, UserRule};
pub use issuer::{Accounts, WellKnown};
pub use subject::encode_subject;

use crate::scope::{ScopeHierarchy, ScopeSet};
use crate::secret::Secret;
use crate::tenant::TenantId;
use crate::text::{TextMap, TextSet};
use serde::{Deserialize, Serialize};

/// Scopes that are never offered, granted or listed: no `id_token` is issued, and refresh tokens do not
/// depend on a scope.
pub(crate) const NEVER_OFFERED: &[&str] = &["openid", "offline_access"];

/// One tenant's settings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TenantSettings {
    /// The tenant's name, such as `wiki`.
    pub resource: String,
    /// Where its users log in.
    pub provider: Provider,
    /// Scopes asked of the provider. Where `offered` is not given they are also offered to clients, without
    /// `openid` and `offline_access`.
    pub scopes: ScopeSet,
    /// `offeredScopes`: scopes of this server, offered to clients and never sent to the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<ScopeSet>,
    /// Scopes every request to the MCP server needs.
    #[serde(default)]
    pub required_scopes: ScopeSet,
    /// An `aud` value put into tokens beside the resource asked for.
    #[serde(default)]
    pub audience: Option<String>,
    /// Who may enter.
    #[serde(default)]
    pub access: AccessRules,
    /// Scope → groups whose members may have it. A scope that is not mapped belongs to every user.
    #[serde(default)]
    pub scope_map: TextMap,
    /// Which scope implies which.
    #[serde(default)]
    pub hierarchy: ScopeHierarchy,
    /// `allowedRedirectHosts`: where answers to clients may go; empty for anywhere.
    #[serde(default, skip_serializing_if = "TextSet::is_empty")]
    pub redirect_hosts: TextSet,
    /// `resourceMatch=path`: a token is good at and below the resource it is for, and nowhere else of the tenant.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub match_path: bool,
}

/// Where a tenant's users log in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The sidecar's own users file.
    Local,
    /// An OpenID provider found by discovery.
    Oidc {
        /// Its issuer, exactly as it writes it.
        issuer: String,
        /// The client registered there.
        client_id: String,
        /// That client's secret; none for a public client.
        client_secret: Option<Secret<String>>,
        /// What kind of provider it is and what it wants to be told.
        #[serde(default, skip_serializing_if = "ProviderOptions::is_unset")]
        options: ProviderOptions,
    },
    /// One that the authorization server's operator has named; only it knows issuer, client and secret.
    Named {
        /// The name.
        name: String,
    },
}

/// Options about a provider, as written: the authorization server reads them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderOptions {
    /// `providerType`; empty: told by the issuer.
    pub kind: String,
    /// `providerAuthorizeParams`: `name=value` pairs, comma-separated.
    pub authorize_params: String,
    /// `groupsClaim`: where its groups stand; empty: where its kind has them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub groups_claim: String,
    /// `clientAuthMethod`; empty: as the discovery document prefers, and the other one where that is refused.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub auth_method: String,
    /// `providerInternalURL`: where the authorization server itself reaches the provider; empty: at the issuer.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub internal_url: String,
}

impl ProviderOptions {
    /// Whether none is given.
    pub fn is_unset(&self) -> bool {
        let Self { kind, authorize_params, groups_claim, auth_method, internal_url } = self;
        [kind, authorize_params, groups_claim, auth_method, internal_url].into_iter().all(String::is_empty)
    }
}

impl Provider {
    /// The issuer, or `local`.
    pub fn issuer(&self) -> &str {
        match self {
            Self::Local => "local",
            Self::Oidc { issuer, .. } => issuer,
            Self::Named { name } => name,
        }
    }

    /// Whose accounts it signs in.
    pub fn accounts(&self) -> Accounts {
        match self {
            // Of a named one the operator knows, who resolves it first.
            Self::Local | Self::Named { .. } => Accounts::Given,
            Self::Oidc { issuer, options, .. } => Accounts::at(issuer, &options.kind),
        }
    }

    /// Whether it is one that the access rules have rules of their own for: by its host, whatever `providerType`
    /// says, or else by `providerType`.
    pub fn well_known(&self) -> Option<WellKnown> {
        match self {
            Self::Local | Self::Named { .. } => None,
            Self::Oidc { issuer, options, .. } => {
                WellKnown::at(issuer).or_else(|| WellKnown::named(&options.kind))
            }
        }
    }
}

impl TenantSettings {
    /// The tenant's identity under these settings.
    pub fn tid(&self) -> TenantId {
        match &self.provider {
            Provider::Local => TenantId::derive(&self.resource, "local", "", &[]),
            Provider::Oidc { issuer, client_id, options, .. } => {
                // What changes the meaning of a subject, and nothing else.
                let kind = [("providerType", options.kind.as_str())];
                let kind: &[(&str, &str)] = if options.kind.is_empty() { &[] } else { &kind };
                TenantId::derive(&self.resource, issuer, client_id, kind)
            }
            Provider::Named { name } => TenantId::derive(&self.resource, "", "", &[("provider", name)]),
        }
    }

    /// Scopes that another option than `scopeMap` names for clients.
    pub(crate) fn named_scopes(&self) -> ScopeSet {
        let mut named = self.offered.as_ref().unwrap_or(&self.scopes).union(&self.required_scopes);
        self.hierarchy.add_to(&mut named);
        named
    }

    /// Every scope a client can be granted: `offeredScopes` (where absent, `scopes`), `requiredScopes`, and what
    /// `scopeMap` and `scopeHierarchy` name.
    pub fn offered_scopes(&self) -> ScopeSet {
        let mut offered = self.named_scopes();
        for scope in self.scope_map.keys() {
            offered.insert(scope);
        }
        offered.without(NEVER_OFFERED)
    }

    /// The scopes metadata and challenges name: the required ones, else all offered.
    pub fn advertised_scopes(&self) -> ScopeSet {
        let required = self.required_scopes.without(NEVER_OFFERED);
        if required.is_empty() { self.offered_scopes() } else { required }
    }

    /// The offered scopes that a member of these groups may have.
    pub fn entitled(&self, groups: &TextSet) -> ScopeSet {
        let offered = self.offered_scopes();
        let may_have = |scope: &&str| match self.scope_map.get(scope) {
            None => true,
            Some(needed) => access::is_in_one_of(groups, needed),
        };
        offered.iter().filter(may_have).map(str::to_owned).collect()
    }

    /// Judges a user by everything that is known about them; what is then kept of their groups is bounded, with
    /// those first that a rule or `scopeMap` names.
    pub fn admit(&self, identity: &Identity) -> Result<Admitted, Refusal> {
        let admitted = self.access.judge(identity, &self.provider)?;
        let mapped = self.scope_map.iter().flat_map(|(_, groups)| groups.iter());
        Ok(admitted.keep_groups(mapped.chain(self.access.groups.iter())))
    }

    /// What is granted: (asked, or all offered if nothing was asked) ∩ offered ∩ entitled, and every
    /// required scope the user is entitled to. Unknown scopes are dropped, not refused.
    pub fn grant(&self, asked: Option<&ScopeSet>, groups: &TextSet) -> ScopeSet {
        let entitled = self.entitled(groups);
        let required = self.required_scopes.intersection(&entitled);
        match asked {
            Some(asked) => asked.intersection(&entitled).union(&required),
            None => entitled,
        }
    }
}

/// A user as the provider or the users file vouches for them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Identity {
    /// The subject, unique and stable at its provider: 1–255 visible ASCII characters ([`encode_subject`]).
    pub sub: String,
    /// What is known about them.
    #[serde(default)]
    pub claims: Profile,
}

impl Identity {
    /// Whether `sub` can be put into a token and a request header: 1–255 visible ASCII characters.
    pub fn is_valid_sub(sub: &str) -> bool {
        (1..=255).contains(&sub.len()) && sub.bytes().all(|b| b.is_ascii_graphic())
    }
}

/// Profile claims (OpenID Connect Core §5.1, and `hd` and `groups` as providers use them).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is the claim of its name in OpenID Connect Core §5.1")]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hd: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(skip_serializing_if = "TextSet::is_empty")]
    pub groups: TextSet,
}

impl Profile {
    /// The claims a token with these scopes carries: `email` the two about the address, `groups` the
    /// groups, `profile` all others (OpenID Connect Core §5.4).
    #[must_use]
    pub fn limited_to(&self, granted: &ScopeSet) -> Self {
        let mut shown = if granted.contains("profile") {
            Self { email: None, email_verified: None, groups: TextSet::default(), ..self.clone() }
        } else {
            Self::default()
        };
        if granted.contains("email") {
            shown.email.clone_from(&self.email);
            shown.email_verified = self.email_verified;
        }
        if granted.contains("groups") {
            shown.groups.clone_from(&self.groups);
        }
        shown
    }
}

#[cfg(test)]
mod tests;
