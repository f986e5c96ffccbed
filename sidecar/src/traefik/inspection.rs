//! Makes the same plan as a poll, for the command that looks for faults (`doctor`).

use std::collections::BTreeSet;

use protocol::resource::options::PluginEnvironment;
use url::Url;

use super::names::{OAUTH_ROUTER, plain};
use super::planned::Rules;
use super::problem::Problem;
use super::{api, plan};
use crate::upstream::http::HttpClient;

/// The result of an inspection of Traefik's API.
#[derive(Debug)]
pub struct Inspection {
    /// The problems of routers and middlewares.
    pub problems: BTreeSet<Problem>,
    /// The protected routers that should have an OAuth router of the sidecar, but have none yet.
    pub without_oauth_router: Vec<String>,
}

/// The settings that decide what is a problem, the same as for a poll.
#[derive(Clone, Copy)]
pub struct Inspector<'a> {
    /// The name that Traefik's static configuration gives the plugin.
    pub plugin: &'a str,
    /// The variables of the plugin's environment.
    pub environment: PluginEnvironment<'a>,
    /// Whether routers that bypass the plugin are blocked.
    pub block: bool,
}

impl Inspector<'_> {
    /// Reads Traefik's API at this address, without `/api`, and plans as for a poll. The error text is the end of a
    /// sentence.
    pub async fn inspect(&self, http: &HttpClient, address: &Url) -> Result<Inspection, String> {
        let view = api::read(http, address).await.map_err(|error| error.to_string())?;
        let rules = Rules { plugin: self.plugin, environment: self.environment, block: self.block };
        let planned = plan::plan(&view, rules);
        let is_written = |router: &String| {
            let name = format!("{OAUTH_ROUTER}{}", plain(router));
            view.routers.iter().any(|written| written.provider == "http" && written.name.starts_with(&name))
        };
        let without = planned.oauth.into_keys().filter(|router| !is_written(router)).collect();
        Ok(Inspection { problems: planned.problems, without_oauth_router: without })
    }
}
