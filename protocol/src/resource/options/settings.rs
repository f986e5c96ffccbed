//! The options that are sent to the sidecar: the tenant's settings.

use super::error::ConfigError;
use super::raw::{Raw, edits};
use crate::personal_token::MOST_DAYS;
use crate::scope::{ScopeHierarchy, ScopeSet, is_scope_token};
use crate::secret::Secret;
use crate::settings::{AccessRules, Accounts, Provider, ProviderOptions, TenantSettings};
use crate::text::{TextMap, TextSet};
use crate::uri::Base;

pub(super) fn settings(raw: &Raw<'_>, policy_scopes: ScopeSet) -> Result<TenantSettings, ConfigError> {
    let provider = provider(raw)?;
    let access = access(raw, &provider)?;
    let hierarchy = ScopeHierarchy::parse(&raw.list("scopeHierarchy")?.join(","));
    let settings = TenantSettings {
        resource: resource(raw)?,
        display_name: display_name(raw)?,
        provider,
        scopes: if raw.names().any(|name| name == "scopes") {
            scopes(raw, "scopes")?
        } else {
            ScopeSet::from_iter(["openid".to_owned()])
        },
        offered: if raw.names().any(|name| name == "offeredScopes") {
            Some(scopes(raw, "offeredScopes")?)
        } else {
            None
        },
        required_scopes: scopes(raw, "requiredScopes")?,
        policy_scopes,
        audience: raw.filled("audience")?,
        access,
        scope_map: scope_map(raw)?,
        redirect_hosts: raw.filled_list("allowedRedirectHosts")?.into_iter().collect(),
        match_path: match raw.filled("resourceMatch")?.as_deref() {
            None => false,
            Some("path") => true,
            Some(_) => return Err(ConfigError::bad("resourceMatch", "only `path` is known")),
        },
        hierarchy: hierarchy.map_err(|error| ConfigError::bad("scopeHierarchy", error))?,
        scope_descriptions: raw.map("scopeDescriptions")?,
        token_box: Vec::new(),
        enterprise_managed: raw.flag("enterpriseManaged")?,
        personal_days: personal_days(raw)?,
    };
    if settings.enterprise_managed && settings.provider == Provider::Local {
        return Err(ConfigError::bad("enterpriseManaged", "local users have no provider that could decide"));
    }
    validate_scope_map(&settings)?;
    validate_descriptions(&settings)?;
    Ok(settings)
}

/// Reads `personalTokens`. It must be possible to revoke a token that lives for months, so the option requires the list
/// of revoked grants.
fn personal_days(raw: &Raw<'_>) -> Result<u16, ConfigError> {
    const NAME: &str = "personalTokens";
    let Some(days) = raw.filled(NAME)? else { return Ok(0) };
    let days = days.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    let days = days.ok_or_else(|| ConfigError::bad(NAME, "not a number of days from 1 to 366"))?;
    if raw.filled("revocationFile")?.is_none() {
        return Err(ConfigError::bad(NAME, "revocationFile is not set, so such a token could not be ended"));
    }
    Ok(days)
}

/// Checks `scopeDescriptions`. Each entry must describe a scope that is offered, in one line for people.
fn validate_descriptions(settings: &TenantSettings) -> Result<(), ConfigError> {
    let offered = settings.offered_scopes();
    let is_wrong = |(scope, texts): &(&str, &TextSet)| {
        !offered.contains(scope) || texts.len() != 1 || !texts.iter().all(is_line)
    };
    match settings.scope_descriptions.iter().find(is_wrong) {
        Some((scope, _)) => Err(ConfigError::bad("scopeDescriptions", scope)),
        None => Ok(()),
    }
}

/// Whether the text has at most 200 bytes and can be shown in one line of a page.
fn is_line(text: &str) -> bool {
    text.len() <= 200 && !text.bytes().any(|byte| byte.is_ascii_control())
}

/// Checks `scopeMap`. A scope that the map does not name is granted to everybody, so a mistake in the map could open a
/// scope. Refuses a scope in the map that is never granted, a scope in the map that looks like a misspelling of a scope
/// that the map does not name, and a scope that the map does not name but that implies one in the map.
fn validate_scope_map(settings: &TenantSettings) -> Result<(), ConfigError> {
    let map = &settings.scope_map;
    let offered = settings.offered_scopes();
    if let Some(never) = map.keys().find(|scope| !offered.contains(scope)) {
        return Err(ConfigError::bad("scopeMap", ["`", never, "` is never granted"].concat()));
    }
    let elsewhere = settings.named_scopes();
    for mapped in map.keys().filter(|scope| !elsewhere.contains(scope)) {
        let is_open = |scope: &&str| !map.contains_key(scope) && is_misspelling(mapped, scope);
        if let Some(open) = elsewhere.iter().find(is_open) {
            let reason = [
                "`",
                mapped,
                "` looks like `",
                open,
                "`, which is then for everybody: if both are meant, \
                 name both in offeredScopes",
            ];
            return Err(ConfigError::bad("scopeMap", reason.concat()));
        }
    }
    for scope in offered.iter().filter(|scope| !map.contains_key(scope)) {
        let implied = settings.hierarchy.expand(&ScopeSet::from_iter([scope.to_owned()]));
        if let Some(mapped) = implied.iter().find(|implied| map.contains_key(implied)) {
            let reason = ["`", scope, "` implies `", mapped, "` and is itself for no group"].concat();
            return Err(ConfigError::bad("scopeMap", reason));
        }
    }
    Ok(())
}

/// Whether at most two characters must be added, removed or changed to turn one text into the other, and these are less
/// than half of the shorter text.
fn is_misspelling(one: &str, other: &str) -> bool {
    let edits = edits(one, other);
    edits <= 2 && edits * 2 < one.len().min(other.len())
}

/// The options that describe a provider. They are not allowed together with `provider`, which names a provider that the
/// sidecar knows.
const OF_A_PROVIDER: &[&str] = &[
    "providerIssuer",
    "clientID",
    "clientSecret",
    "providerType",
    "providerAuthorizeParams",
    "groupsClaim",
    "clientAuthMethod",
    "providerInternalURL",
];

fn provider(raw: &Raw<'_>) -> Result<Provider, ConfigError> {
    if let Some(name) = raw.filled("provider")? {
        return match raw.names().find(|given| OF_A_PROVIDER.contains(given)) {
            Some(given) => Err(ConfigError::bad(given, "`provider` stands for it")),
            None => Ok(Provider::Named { name }),
        };
    }
    let Some(issuer) = raw.text("providerIssuer")? else {
        return match raw.names().find(|given| OF_A_PROVIDER.contains(given)) {
            Some(given) => Err(ConfigError::bad(given, "providerIssuer is not set")),
            None => Ok(Provider::Default),
        };
    };
    // A variable that expands to nothing must not mean the default provider.
    if issuer.is_empty() {
        return Err(ConfigError::bad("providerIssuer", "given and empty: fill it in, or leave it out"));
    }
    if issuer == "local" {
        return Ok(Provider::Local);
    }
    let client_secret = raw.filled("clientSecret")?.map(Secret::new);
    // A URL without query and fragment (RFC 8414 §2), kept as written, because issuers are compared as written.
    Base::parse(&issuer).map_err(|error| ConfigError::bad("providerIssuer", error))?;
    let options = ProviderOptions {
        kind: raw.filled("providerType")?.unwrap_or_default(),
        authorize_params: raw.list("providerAuthorizeParams")?.join(","),
        groups_claim: raw.filled("groupsClaim")?.unwrap_or_default(),
        auth_method: raw.filled("clientAuthMethod")?.unwrap_or_default(),
        internal_url: raw.filled("providerInternalURL")?.unwrap_or_default(),
    };
    Ok(Provider::Oidc { issuer, client_id: raw.required("clientID")?, client_secret, options })
}

fn resource(raw: &Raw<'_>) -> Result<String, ConfigError> {
    let Some(name) = raw.text("resource")? else { return Ok(String::new()) };
    if name.is_empty() {
        return Err(ConfigError::bad("resource", "given and empty: fill it in, or leave it out"));
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    if name.len() > 128 || !name.bytes().all(allowed) || name.bytes().all(|b| b == b'.') {
        return Err(ConfigError::bad("resource", "only letters, digits and - _ . ~ are allowed"));
    }
    Ok(name)
}

fn display_name(raw: &Raw<'_>) -> Result<String, ConfigError> {
    let name = raw.filled("displayName")?.unwrap_or_default();
    if is_line(&name) {
        Ok(name)
    } else {
        Err(ConfigError::bad("displayName", "at most 200 bytes in one line"))
    }
}

fn access(raw: &Raw<'_>, provider: &Provider) -> Result<AccessRules, ConfigError> {
    let rules = AccessRules::from_lists(
        raw.filled_list("allowedUsers")?,
        raw.filled_list("allowedEmailDomains")?,
        raw.filled_list("allowedGroups")?,
        raw.filled_list("allowedTenants")?,
    )
    .map_err(|error| ConfigError::bad("allowedEmailDomains", error))?;
    // The authorization server validates directories; here it is only checked that at least one is named.
    let accounts = provider.accounts();
    if accounts == Accounts::AnyDirectory && rules.directories.is_empty() {
        return Err(ConfigError::bad(
            "allowedTenants",
            "list the ids of the Entra ID directories that may enter",
        ));
    }
    if accounts != Accounts::Given && rules.is_unset() {
        return Err(ConfigError::bad(
            "allowedUsers",
            "anyone can have an account at this provider: set allowedUsers, allowedEmailDomains or \
             allowedGroups (allowedUsers=* admits everyone on purpose)",
        ));
    }
    Ok(rules)
}

fn scopes(raw: &Raw<'_>, name: &'static str) -> Result<ScopeSet, ConfigError> {
    let mut set = ScopeSet::new();
    for part in raw.list(name)? {
        let parsed = ScopeSet::parse(&part).map_err(|error| ConfigError::bad(name, error))?;
        set = set.union(&parsed);
    }
    Ok(set)
}

fn scope_map(raw: &Raw<'_>) -> Result<TextMap, ConfigError> {
    let map = raw.map("scopeMap")?;
    if !map.keys().all(is_scope_token) {
        return Err(ConfigError::bad("scopeMap", "a name in it is not a scope"));
    }
    Ok(map)
}
