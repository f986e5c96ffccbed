//! What the provider for Traefik uses.

use std::net::IpAddr;
use std::sync::Arc;

use protocol::secret::Secret;
use url::Url;

use super::reports::Reports;
use crate::upstream::http::HttpClient;

/// Where Traefik's API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Api {
    /// At this address (`BOUNCER_TRAEFIK_API`).
    At(Url),
    /// At port 8080 of whoever polls. What it says is told to that asker alone.
    OfTheAsker,
}

impl Api {
    /// The address for a poll from here.
    pub(super) fn address(&self, asker: IpAddr) -> Option<Url> {
        match self {
            Self::At(url) => Some(url.clone()),
            Self::OfTheAsker => {
                let mut url = Url::parse("http://traefik:8080").ok()?;
                url.set_ip_host(asker).ok()?;
                Some(url)
            }
        }
    }
}

/// What it uses.
pub struct Deps {
    /// Calls Traefik's API.
    pub http: HttpClient,
    /// Where it is.
    pub api: Api,
    /// The name that Traefik's static configuration gives the plugin.
    pub plugin: String,
    /// Whether routers that lead past the plugin are blocked.
    pub block: bool,
    /// The port of the OAuth listener.
    pub port: u16,
    /// `BOUNCER_PLUGIN_KEY`, with which the plugin's options are read as the plugin reads them.
    pub plugin_key: Secret<String>,
    /// `BOUNCER_TRUST_ANCHOR`, likewise.
    pub trust_anchor: String,
    /// Where the plugin reads what was revoked, if sidecar and Traefik share a folder.
    pub revocation_file: Option<&'static str>,
    /// The option `clientIPDepth` of the shared middleware.
    pub client_ip_depth: u32,
    /// What was found, for logs and metrics.
    pub reports: Arc<Reports>,
}
