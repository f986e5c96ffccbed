//! The inputs of the checks from outside.

use protocol::secret::Secret;
use reqwest::Certificate;

use crate::clock::Clock;
use crate::doctor::probe::Probe;
use crate::doctor::target::Target;

/// The inputs of the checks from outside of one URL.
pub(in crate::doctor) struct Outside<'a> {
    /// The URL.
    pub(in crate::doctor) target: &'a Target,
    /// Sends requests to the URL's host.
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
    /// The ports of MCP servers, as Traefik's API lists them.
    pub(in crate::doctor) servers: Vec<u16>,
    /// The port of the sidecar's operations listener; `None` if it is not known.
    pub(in crate::doctor) operations: Option<u16>,
    /// The port of the sidecar's OAuth listener; `None` if it is not known.
    pub(in crate::doctor) oauth: Option<u16>,
    /// The port of Traefik's API; `None` if it is not known.
    pub(in crate::doctor) api: Option<u16>,
}
