//! The options of one middleware, from Traefik's JSON to what the gate works with.
//!
//! Names match without regard to case, every scalar may be a string (labels know nothing else), lists are
//! comma-separated strings or arrays. An unknown name is an error that names the nearest known one.

mod raw;
pub mod reference;
mod tenant;

pub use tenant::{BaseSource, ChallengeScopes, ForeignKeys, TenantConfig};

use crate::context::PluginKeys;
use raw::Raw;

/// Every option, as documentation spells it.
pub const OPTIONS: &[&str] = &[
    "role",
    "provider",
    "providerIssuer",
    "providerType",
    "providerAuthorizeParams",
    "groupsClaim",
    "clientID",
    "clientSecret",
    "resource",
    "clientAuthMethod",
    "providerInternalURL",
    "scopes",
    "offeredScopes",
    "sidecarURL",
    "audience",
    "jwksCacheTTLSeconds",
    "requiredScopes",
    "pathPrefix",
    "publicURL",
    "trustAnchor",
    "jwksFile",
    "jwksIssuer",
    "jwksAllowTypJWT",
    "authorizationServers",
    "revocationFile",
    "resourceMatch",
    "allowedOrigins",
    "allowedHeaders",
    "allowedUsers",
    "allowedEmailDomains",
    "allowedGroups",
    "allowedTenants",
    "allowedRedirectHosts",
    "scopeMap",
    "scopeHierarchy",
    "clientIPDepth",
    "rootMetadata",
    "excludePaths",
    "forwardAuthorization",
    "forwardIssuer",
];

/// What the plugin reads from its environment. Empty is the same as not set. It holds a secret, so it
/// cannot be printed.
#[derive(Clone, Copy, Default)]
pub struct PluginEnvironment<'a> {
    /// `BOUNCER_PLUGIN_KEY`.
    pub plugin_key: &'a str,
    /// `BOUNCER_TRUST_ANCHOR`.
    pub trust_anchor: &'a str,
}

/// What one middleware does.
#[derive(Clone, Debug)]
pub enum PluginConfig {
    /// `role=route`: vouch that a router leads to the sidecar.
    Route(PluginKeys),
    /// The tenant role.
    Tenant(Box<TenantConfig>),
}

/// Why the options cannot be used. Names the option; quotes no secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConfigError {
    /// The options are no JSON object.
    #[error("the options of this middleware are not an object")]
    NotAnObject,
    /// The options are longer than the plugin reads.
    #[error(
        "the options of this middleware are longer than 64 KiB: list groups (allowedGroups) or domains \
         (allowedEmailDomains) in place of users"
    )]
    TooLarge,
    /// There is no such option.
    #[error("option `{name}` is unknown; the nearest known one is `{nearest}`")]
    Unknown {
        /// As it was given.
        name: String,
        /// The known option that is spelt most alike.
        nearest: &'static str,
    },
    /// The option is given twice, in different case.
    #[error("option `{0}` is given more than once")]
    Repeated(&'static str),
    /// The option is needed.
    #[error("option `{0}` is missing")]
    Missing(&'static str),
    /// The option's value cannot be used.
    #[error("option `{name}`: {reason}")]
    Bad {
        /// The option or environment variable.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// `role=route` stands beside an option of a tenant, which would leave that tenant unguarded.
    #[error("option `{0}` belongs to a tenant, not to a middleware with role=route")]
    NotForRoute(&'static str),
}

impl ConfigError {
    fn bad(name: &'static str, reason: impl core::fmt::Display) -> Self {
        Self::Bad { name, reason: reason.to_string() }
    }
}

/// Reads the options of a middleware.
pub fn parse(json: &[u8], environment: PluginEnvironment<'_>) -> Result<PluginConfig, ConfigError> {
    let raw = Raw::parse(json)?;
    let keys = PluginKeys::parse(environment.plugin_key);
    let keys = keys.map_err(|error| ConfigError::bad("BOUNCER_PLUGIN_KEY", error));
    match raw.text("role")?.as_deref() {
        Some("route") => match raw.names().find(|name| *name != "role") {
            Some(name) => Err(ConfigError::NotForRoute(name)),
            None => keys.map(PluginConfig::Route),
        },
        None | Some("" | "tenant") => {
            tenant::parse(&raw, keys?, environment.trust_anchor).map(Box::new).map(PluginConfig::Tenant)
        }
        Some(_) => Err(ConfigError::bad("role", "neither `route` nor `tenant`")),
    }
}

#[cfg(test)]
mod tests;
