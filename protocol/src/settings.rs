//! The settings of a tenant, as far as the authorization server needs them. The operator writes them in the tenant's
//! labels.
//!
//! The settings travel inside the sealed context of each OAuth request, so the sidecar keeps no list of tenants.

mod access;
mod identity;
mod issuer;
mod provider;
mod subject;
mod token_box;

pub use access::{AccessRules, AuthorizedUser, NotADomain, Refusal, UserRule};
pub use identity::{Identity, Profile};
pub use issuer::{Accounts, WellKnown};
pub use provider::{Provider, ProviderOptions};
pub use subject::{client_subject, encode_subject, is_client_subject};
pub use token_box::BoxItem;

use crate::scope::{ScopeHierarchy, ScopeSet};
use crate::tenant::TenantId;
use crate::text::{TextMap, TextSet};
use crate::uri::{Base, after_scheme};
use serde::{Deserialize, Serialize};

/// Scopes that are never offered, granted or listed, because no `id_token` is issued and refresh tokens do not depend
/// on a scope.
pub(crate) const NEVER_OFFERED: &[&str] = &["openid", "offline_access"];

/// One tenant's settings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TenantSettings {
    /// The tenant's name, such as `wiki`; empty if the operator gives it none, see [`TenantSettings::name_at`].
    pub resource: String,
    /// `displayName`: the tenant's name as people are shown it; empty: see [`TenantSettings::name_at`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// Where the tenant's users log in.
    pub provider: Provider,
    /// Scopes requested from the provider. Unless `offered` is given they are also offered to clients, without `openid`
    /// and `offline_access`.
    pub scopes: ScopeSet,
    /// `offeredScopes`: scopes of this server, offered to clients and never sent to the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<ScopeSet>,
    /// Scopes that a token must grant for every request to the MCP server.
    #[serde(default)]
    pub required_scopes: ScopeSet,
    /// The scopes that `toolPolicy` names: offered, but granted only to clients that request them.
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    pub policy_scopes: ScopeSet,
    /// An `aud` value put into tokens in addition to the requested resource.
    #[serde(default)]
    pub audience: Option<String>,
    /// The rules that say which users may enter.
    #[serde(default)]
    pub access: AccessRules,
    /// Scope → groups whose members are entitled to it. Every user is entitled to a scope that is not in the map.
    #[serde(default)]
    pub scope_map: TextMap,
    /// Which scope implies which others.
    #[serde(default)]
    pub hierarchy: ScopeHierarchy,
    /// `allowedRedirectHosts`: where responses to clients may be sent; empty: anywhere.
    #[serde(default, skip_serializing_if = "TextSet::is_empty")]
    pub redirect_hosts: TextSet,
    /// `resourceMatch=path`: a token is valid at and below the resource that it is for, and at no other path of the
    /// tenant.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub match_path: bool,
    /// `scopeDescriptions`: scope → one text that tells people what it allows.
    #[serde(default, skip_serializing_if = "TextMap::is_empty")]
    pub scope_descriptions: TextMap,
    /// `identityHeaders`, `upstreamToken`: what the sealed box of each token holds, in the order of [`BoxItem::ALL`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_box: Vec<BoxItem>,
    /// `enterpriseManaged`: the provider may assert to this server who a client's user is, so that the user is not
    /// asked for consent (Identity Assertion JWT Authorization Grant).
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub enterprise_managed: bool,
    /// `personalTokens`: the longest lifetime of a personal access token, in days; 0: users cannot make any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub personal_days: u16,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(days: &u16) -> bool {
    *days == 0
}

impl TenantSettings {
    /// Settings with every option at its default: no rule restricts who may enter, no scope is required.
    pub fn new(resource: impl Into<String>, provider: Provider, scopes: ScopeSet) -> Self {
        Self {
            resource: resource.into(),
            display_name: String::new(),
            provider,
            scopes,
            offered: None,
            required_scopes: ScopeSet::new(),
            policy_scopes: ScopeSet::new(),
            audience: None,
            access: AccessRules::default(),
            scope_map: TextMap::default(),
            hierarchy: ScopeHierarchy::default(),
            redirect_hosts: TextSet::default(),
            match_path: false,
            scope_descriptions: TextMap::default(),
            token_box: Vec::new(),
            enterprise_managed: false,
            personal_days: 0,
        }
    }

    /// The tenant's id under these settings.
    pub fn tid(&self) -> TenantId {
        match &self.provider {
            Provider::Local => TenantId::derive(&self.resource, "local", "", &[]),
            Provider::Oidc { issuer, client_id, options, .. } => {
                // Of the options, only the one that changes the meaning of a subject counts.
                let kind = [("providerType", options.kind.as_str())];
                let kind: &[(&str, &str)] = if options.kind.is_empty() { &[] } else { &kind };
                TenantId::derive(&self.resource, issuer, client_id, kind)
            }
            // The default provider has two pairs and a named provider has one, so no name gives the id of the default
            // provider.
            Provider::Default => {
                TenantId::derive(&self.resource, "", "", &[("provider", ""), ("default", "")])
            }
            Provider::Named { name } => TenantId::derive(&self.resource, "", "", &[("provider", name)]),
        }
    }

    /// The tenant's name as people and clients are shown it: `displayName`, or else `resource`, or else host and path
    /// of its issuer.
    pub fn name_at<'a>(&'a self, base: &'a Base) -> &'a str {
        if let Some(name) = [&self.display_name, &self.resource].into_iter().find(|name| !name.is_empty()) {
            return name;
        }
        after_scheme(base.as_str()).unwrap_or_default()
    }

    /// Whether the sealed box of each token holds this item.
    pub fn boxes(&self, item: BoxItem) -> bool {
        self.token_box.contains(&item)
    }

    /// What a scope allows, as the operator describes it for people, if the operator does.
    pub fn describe(&self, scope: &str) -> Option<&str> {
        self.scope_descriptions.get(scope)?.iter().next()
    }

    /// The tenant's name in suggested router names: `resource`, or else a placeholder for the operator to replace.
    pub(crate) fn router_name(&self) -> &str {
        if self.resource.is_empty() { "<name>" } else { &self.resource }
    }

    /// All scopes for clients that options other than `scopeMap` name.
    pub(crate) fn named_scopes(&self) -> ScopeSet {
        let mut named = self.listed_scopes().union(&self.policy_scopes);
        self.hierarchy.add_to(&mut named);
        named
    }

    /// The scopes of `offeredScopes` (where absent, of `scopes`) and of `requiredScopes`.
    fn listed_scopes(&self) -> ScopeSet {
        self.offered.as_ref().unwrap_or(&self.scopes).union(&self.required_scopes)
    }

    /// Every scope a client can be granted: `offeredScopes` (where absent, `scopes`), `requiredScopes`, and what
    /// `toolPolicy`, `scopeMap` and `scopeHierarchy` name.
    pub fn offered_scopes(&self) -> ScopeSet {
        let mut offered = self.named_scopes();
        for scope in self.scope_map.keys() {
            offered.insert(scope);
        }
        offered.without(NEVER_OFFERED)
    }

    /// The offered scopes that a client is granted without requesting them: all but those that `toolPolicy` names and
    /// neither `offeredScopes` nor `requiredScopes` does. A client requests such scopes of `toolPolicy` when it needs
    /// them (MCP 2026-07-28, *Step-Up Authorization Flow*).
    pub fn default_scopes(&self) -> ScopeSet {
        self.offered_scopes().difference(&self.policy_scopes.difference(&self.listed_scopes()))
    }

    /// The scopes that metadata and challenges name: the required ones, or all that are granted without being requested
    /// if none is required.
    pub fn advertised_scopes(&self) -> ScopeSet {
        let required = self.required_scopes.without(NEVER_OFFERED);
        if required.is_empty() { self.default_scopes() } else { required }
    }

    /// The offered scopes to which a member of these groups is entitled.
    pub fn entitled(&self, groups: &TextSet) -> ScopeSet {
        let offered = self.offered_scopes();
        let may_have = |scope: &&str| match self.scope_map.get(scope) {
            None => true,
            Some(needed) => access::is_in_one_of(groups, needed),
        };
        offered.iter().filter(may_have).map(str::to_owned).collect()
    }

    /// Checks the access rules against everything that is known about the user. Keeps all of the user's groups that a
    /// rule or `scopeMap` names, and a limited number of the others.
    pub fn authorize(&self, identity: &Identity) -> Result<AuthorizedUser, Refusal> {
        let user = self.access.authorize(identity, &self.provider)?;
        let mapped = self.scope_map.iter().flat_map(|(_, groups)| groups.iter());
        Ok(user.keep_groups(mapped.chain(self.access.groups.iter())))
    }

    /// The granted scopes: (requested, or the default scopes if `requested` is `None`) ∩ offered ∩ entitled, and every
    /// required scope to which the user is entitled. Unknown scopes are dropped, not refused.
    pub fn grant(&self, requested: Option<&ScopeSet>, groups: &TextSet) -> ScopeSet {
        self.granted(requested, &self.entitled(groups))
    }

    /// The scopes granted to a client that uses the client credentials grant (RFC 6749 §4.4). `listed` are the scopes
    /// to which the operator restricts the client. A scope of `scopeMap` is for members of groups, so a client without
    /// such a list gets none of these scopes.
    pub fn grant_to_client(&self, requested: Option<&ScopeSet>, listed: Option<&ScopeSet>) -> ScopeSet {
        let entitled = match listed {
            Some(listed) => self.offered_scopes().intersection(listed),
            None => self.entitled(&TextSet::new()),
        };
        self.granted(requested, &entitled)
    }

    fn granted(&self, requested: Option<&ScopeSet>, entitled: &ScopeSet) -> ScopeSet {
        let required = self.required_scopes.intersection(entitled);
        match requested {
            Some(requested) => requested.intersection(entitled).union(&required),
            None => entitled.intersection(&self.default_scopes()),
        }
    }
}

#[cfg(test)]
mod tests;
