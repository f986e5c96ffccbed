//! What the checks from outside are given.

use protocol::secret::Secret;
use reqwest::Certificate;

use crate::clock::Clock;
use crate::doctor::probe::Probe;
use crate::doctor::target::Target;

/// What the checks from outside need.
pub(in crate::doctor) struct Outside<'a> {
    /// The URL.
    pub(in crate::doctor) target: &'a Target,
    /// Sends requests to it.
    pub(in crate::doctor) probe: Probe,
    /// Certificates of authorities that are trusted too.
    pub(in crate::doctor) authorities: &'a [Certificate],
    /// An access token for the URL.
    pub(in crate::doctor) token: Option<&'a Secret<String>>,
    /// This machine's clock.
    pub(in crate::doctor) clock: &'a dyn Clock,
    /// The ports of MCP servers and of the sidecar, if they are known.
    pub(in crate::doctor) ports: Ports,
}

/// Ports that should not be public.
#[derive(Clone, Debug, Default)]
pub(in crate::doctor) struct Ports {
    /// Of MCP servers, as Traefik's API lists them.
    pub(in crate::doctor) servers: Vec<u16>,
    /// Of the sidecar's operations listener.
    pub(in crate::doctor) operations: Option<u16>,
    /// Of the sidecar's OAuth listener.
    pub(in crate::doctor) oauth: Option<u16>,
    /// Of Traefik's API.
    pub(in crate::doctor) api: Option<u16>,
}
