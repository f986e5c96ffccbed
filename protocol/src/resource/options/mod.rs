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

/// Where the plugin finds the sidecar's `keys.json` if the environment says nothing about keys: Traefik's static
/// configuration mounts the folder, wherever it is, as `/mcpbouncer`.
pub const KEYS_FILE: &str = "/mcpbouncer/keys.json";
/// Where the plugin finds the sidecar's list of revoked grants, if Traefik mounts the folder that both share.
pub const REVOCATION_FILE: &str = "/mcpbouncer/revoked";

/// The variables of the plugin's environment. An empty one counts as not set. One is a secret, so this cannot be printed.
#[derive(Clone, Copy, Default)]
pub struct PluginEnvironment<'a> {
    /// `BOUNCER_PLUGIN_KEY`.
    pub plugin_key: &'a str,
    /// `BOUNCER_TRUST_ANCHOR`.
    pub trust_anchor: &'a str,
}

/// Where the plugin keys come from, and the trust anchors of a tenant that does not set them itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeySource {
    /// The plugin keys are in the environment, and so are the anchors.
    Environment(PluginKeys),
    /// Both are in [`KEYS_FILE`].
    File,
}

impl KeySource {
    fn of(environment: PluginEnvironment<'_>) -> Result<Self, ConfigError> {
        if [environment.plugin_key, environment.trust_anchor].concat().trim().is_empty() {
            return Ok(Self::File);
        }
        let keys = PluginKeys::parse(environment.plugin_key);
        keys.map(Self::Environment).map_err(|error| ConfigError::bad("BOUNCER_PLUGIN_KEY", error))
    }
}

/// The role of one middleware, with its options.
#[derive(Clone, Debug)]
pub enum PluginConfig {
    /// `role=route`: vouches that a router leads to the sidecar.
    Route(KeySource),
    /// The tenant role.
    Tenant(KeySource, Box<TenantConfig>),
}

/// Reads the options of a middleware.
pub fn parse(json: &[u8], environment: PluginEnvironment<'_>) -> Result<PluginConfig, ConfigError> {
    let raw = Raw::parse(json)?;
    let keys = KeySource::of(environment);
    match raw.text("role")?.as_deref() {
        Some("route") => match raw.names().find(|name| *name != "role") {
            Some(name) => Err(ConfigError::NotForRoute(name)),
            None => keys.map(PluginConfig::Route),
        },
        // Nothing at all is a host that fails rather than an operator who wants every default.
        None | Some("" | "tenant") if raw.names().next().is_none() => Err(ConfigError::Missing("pathPrefix")),
        None | Some("" | "tenant") => {
            let keys = keys?;
            let config = tenant::parse(&raw, &keys, environment.trust_anchor)?;
            Ok(PluginConfig::Tenant(keys, Box::new(config)))
        }
        Some(_) => Err(ConfigError::bad("role", "neither `route` nor `tenant`")),
    }
}

#[cfg(test)]
mod tests;
