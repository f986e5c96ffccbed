//! The dependencies of the endpoint that Traefik polls.

use std::net::IpAddr;
use std::sync::Arc;

use protocol::secret::Secret;
use url::Url;

use super::reports::Reports;
use crate::clock::Clock;
use crate::journal::Journal;
use crate::upstream::http::HttpClient;

/// The place of Traefik's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Api {
    /// At this URL (`BOUNCER_TRAEFIK_API=http://traefik:8080`).
    At(Url),
    /// At this port of the address that polls (`BOUNCER_TRAEFIK_API=:9000`; default 8080). The response depends on the
    /// API at that address and goes only to that address, so each of several Traefiks gets the configuration that
    /// belongs to it.
    OfTheAsker(u16),
}

impl Default for Api {
    fn default() -> Self {
        Self::OfTheAsker(8080)
    }
}

impl Api {
    /// Returns the URL if it is the same for every poll.
    pub const fn fixed(&self) -> Option<&Url> {
        match self {
            Self::At(url) => Some(url),
            Self::OfTheAsker(_) => None,
        }
    }

    /// Returns the URL of the API, assuming that Traefik has this host name. `None` if that is not a valid URL.
    pub fn at_the_host(&self, host: &str) -> Option<Url> {
        match self {
            Self::At(url) => Some(url.clone()),
            Self::OfTheAsker(port) => Url::parse(&format!("http://{host}:{port}")).ok(),
        }
    }

    /// Returns the URL of the API for a poll from the address `asker`.
    pub(super) fn address(&self, asker: IpAddr) -> Option<Url> {
        match self {
            Self::At(url) => Some(url.clone()),
            Self::OfTheAsker(port) => {
                let mut url = Url::parse("http://traefik").ok()?;
                url.set_ip_host(asker).ok()?;
                url.set_port(Some(*port)).ok()?;
                Some(url)
            }
        }
    }
}

/// The dependencies of `GET /traefik`.
pub struct Deps {
    /// Calls Traefik's API.
    pub http: HttpClient,
    /// The place of Traefik's API.
    pub api: Api,
    /// The name that Traefik's static configuration gives the plugin.
    pub plugin: String,
    /// Whether routers that bypass the plugin are blocked.
    pub block: bool,
    /// The port of the OAuth listener.
    pub port: u16,
    /// The plugin key, as in the plugin's `BOUNCER_PLUGIN_KEY`. With it, the sidecar parses a middleware's options as
    /// the plugin does.
    pub plugin_key: Secret<String>,
    /// The trust anchor, as in the plugin's `BOUNCER_TRUST_ANCHOR`, for the same purpose.
    pub trust_anchor: String,
    /// The path at which the plugin reads the revocation list; `None` if the list is not in the shared folder.
    pub revocation_file: Option<&'static str>,
    /// The maximum lifetime of personal access tokens, in days, for the middleware that the sidecar defines; `None` if
    /// users may not create any. Not used without `revocation_file`.
    pub personal_days: Option<u16>,
    /// The option `clientIPDepth` of the middleware that the sidecar defines for all tenants without their own.
    pub client_ip_depth: u32,
    /// Records when problems appear and disappear.
    pub journal: Journal,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// The problems that polls found, for logs and metrics.
    pub reports: Arc<Reports>,
}
