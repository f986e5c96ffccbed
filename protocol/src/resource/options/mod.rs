//! The options of one middleware, from Traefik's JSON to what the gate works with.
//!
//! Names match without regard to case, every scalar may be a string (labels know nothing else), lists are
//! comma-separated strings or arrays. An unknown name is an error that names the nearest known one.

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
