//! Reads the options of the middleware and the variables of the environment, at the first request of an instance.

use protocol::resource::options::{ConfigError, PluginConfig, PluginEnvironment, parse};
use protocol::secret::Secret;

use crate::host::{Host, HostError};

/// Plugin keys, a comma-separated list; a secret.
const PLUGIN_KEY: &str = "BOUNCER_PLUGIN_KEY";
/// Trust anchors, a comma-separated list; public.
const TRUST_ANCHOR: &str = "BOUNCER_TRUST_ANCHOR";

/// Reads the options. The outer error is the host's, and a later attempt may succeed. The inner error is about the
/// options, and stays until the operator changes them.
pub fn read(host: &mut dyn Host) -> Result<Result<PluginConfig, ConfigError>, HostError> {
    let json = match host.config() {
        Ok(json) => Secret::new(json.to_vec()),
        Err(HostError::TooLarge) => return Ok(Err(ConfigError::TooLarge)),
        Err(error) => return Err(error),
    };
    let plugin_key = Secret::new(host.env(PLUGIN_KEY)?.unwrap_or_default());
    let trust_anchor = host.env(TRUST_ANCHOR)?.unwrap_or_default();
    // A value that is not text becomes an invalid key, whose error names the variable.
    let environment = PluginEnvironment {
        plugin_key: core::str::from_utf8(plugin_key.expose()).unwrap_or("?"),
        trust_anchor: core::str::from_utf8(&trust_anchor).unwrap_or("?"),
    };
    Ok(parse(json.expose(), environment))
}
