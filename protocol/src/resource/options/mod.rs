//! The options of one middleware, read from Traefik's JSON.
//!
//! The case of names does not matter. Every scalar may be a string, because labels hold only strings. Lists are
//! comma-separated strings or arrays. An unknown name is an error, which suggests the most similar known one.

mod backend;
mod error;
mod key_source;
mod names;
mod raw;
pub mod reference;
mod settings;
mod tenant;

pub use error::ConfigError;
pub use key_source::{KEYS_FILE, KeySource, PluginEnvironment, REVOCATION_FILE};
pub use names::OPTIONS;
pub use tenant::{BaseSource, ChallengeScopes, ForeignKeys, TenantConfig};

use raw::Raw;

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
        // If there is no option at all, it is more likely that the host failed than that the operator wants every
        // default.
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
