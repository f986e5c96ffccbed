//! What the author of a tenant's labels says about it, as far as the authorization server needs it.
//!
//! It travels inside the sealed context of each OAuth request, so the sidecar keeps no tenant list.

mod access;
mod identity;
mod issuer;
mod provider;
mod subject;

pub use access::{AccessRules, AuthorizedUser, Refusal, UserRule};
pub use identity::{Identity, Profile};
pub use issuer::{Accounts, WellKnown};
pub use provider::{Provider, ProviderOptions};
pub use subject::encode_subject;

use crate::scope::{ScopeHierarchy, ScopeSet};
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

    /// Authorizes a user by everything that is known about them. The groups that are then kept are bounded; those that a
    /// rule or `scopeMap` names are kept first.
    pub fn authorize(&self, identity: &Identity) -> Result<AuthorizedUser, Refusal> {
        let user = self.access.authorize(identity, &self.provider)?;
        let mapped = self.scope_map.iter().flat_map(|(_, groups)| groups.iter());
        Ok(user.keep_groups(mapped.chain(self.access.groups.iter())))
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

#[cfg(test)]
mod tests;
