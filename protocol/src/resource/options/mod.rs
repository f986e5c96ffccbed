//! The options of one middleware, read from Traefik's JSON.
//!
//! Names are matched in either case. Every scalar may be a string, because labels have no other values. Lists are
//! comma-separated strings or arrays. An unknown name is an error, which suggests the most similar known one.

mod error;
mod names;
mod raw;
pub mod reference;
mod settings;
mod tenant;

pub use error::ConfigError;
pub use names::OPTIONS;
pub use tenant::{BaseSource, ChallengeScopes, ForeignKeys, TenantConfig};

use crate::context::PluginKeys;
use raw::Raw;

/// The variables of the plugin's environment. An empty one counts as not set. One is a secret, so this cannot be printed.
#[derive(Clone, Copy, Default)]
pub struct PluginEnvironment<'a> {
    /// `BOUNCER_PLUGIN_KEY`.
    pub plugin_key: &'a str,
    /// `BOUNCER_TRUST_ANCHOR`.
    pub trust_anchor: &'a str,
}

/// The role of one middleware, with its options.
#[derive(Clone, Debug)]
pub enum PluginConfig {
    /// `role=route`: vouches that a router leads to the sidecar.
    Route(PluginKeys),
    /// The tenant role.
    Tenant(Box<TenantConfig>),
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
