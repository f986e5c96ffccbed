//! Where the plugin's keys come from: Traefik's environment, or the folder that sidecar and Traefik share.

use super::error::ConfigError;
use crate::context::PluginKeys;

/// Where the plugin finds the sidecar's `keys.json` if the environment says nothing about keys: Traefik's static
/// configuration mounts the folder, wherever it is, as `/mcpbouncer`.
pub const KEYS_FILE: &str = "/mcpbouncer/keys.json";
/// Where the plugin finds the sidecar's list of revoked grants, if Traefik mounts the folder that both share.
pub const REVOCATION_FILE: &str = "/mcpbouncer/revoked";

/// The variables of the plugin's environment. An empty variable counts as not set. One variable is a secret, so this
/// type cannot be printed.
#[derive(Clone, Copy, Default)]
pub struct PluginEnvironment<'a> {
    /// The value of `BOUNCER_PLUGIN_KEY`.
    pub plugin_key: &'a str,
    /// The value of `BOUNCER_TRUST_ANCHOR`.
    pub trust_anchor: &'a str,
}

/// Where the plugin keys come from, and the trust anchors of a tenant that does not set them itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeySource {
    /// The plugin keys are in the environment, and the anchors are too.
    Environment(PluginKeys),
    /// The plugin keys and the anchors are in [`KEYS_FILE`].
    File,
}

impl KeySource {
    pub(super) fn of(environment: PluginEnvironment<'_>) -> Result<Self, ConfigError> {
        if [environment.plugin_key, environment.trust_anchor].concat().trim().is_empty() {
            return Ok(Self::File);
        }
        let keys = PluginKeys::parse(environment.plugin_key);
        keys.map(Self::Environment).map_err(|error| ConfigError::bad("BOUNCER_PLUGIN_KEY", error))
    }
}
