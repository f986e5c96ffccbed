//! `mcpbouncer doctor`: looks for faults that keep clients from connecting, or that leave something unprotected.
//!
//! ```text
//! cli ─► run ─┬─► outside   each URL, like a client
//!             ├─► inside    settings, files, store, listener, providers
//!             └─► traefik   routers, middlewares, entry points, by its API
//!                    └─► ledger ─► report ─► print, json
//! ```
//!
//! [`check`] is the list of checks. A check whose precondition fails is not done, and says so. Nothing is changed,
//! except that a client is registered and deleted again, and that an MCP session is begun and ended if a token is
//! given.

mod check;
mod inside;
mod json;
mod ledger;
mod outside;
mod print;
mod probe;
mod report;
mod row;
mod target;
mod text;
mod tls;
mod traefik;
mod value;

use std::path::PathBuf;

use protocol::secret::Secret;
use url::Url;

pub use check::Check;
pub use ledger::{Finding, Outcome};
pub use print::Style;
pub use report::{Counts, Report, Section};
pub use row::{Place, Row, Severity};
pub use target::{Connect, Target};

use crate::clock::Clock;
use crate::upstream::http::authorities;
use ledger::Ledger;
use outside::Outside;
use probe::Probe;

/// What doctor looks at.
#[derive(Debug)]
pub struct Request {
    /// The URLs to look at from outside.
    pub targets: Vec<Target>,
    /// Whether to look from inside, too.
    pub looks_inside: bool,
    /// The environment variables, for the settings.
    pub pairs: Vec<(String, String)>,
    /// An access token for the URLs.
    pub token: Option<Secret<String>>,
    /// A PEM file of authorities that are trusted for the URLs.
    pub ca_file: Option<PathBuf>,
    /// The URL of Traefik's API; `None`: as the settings say.
    pub traefik_api: Option<Url>,
    /// The plugin file that Traefik loads; `None`: the one in the shared folder.
    pub plugin_file: Option<PathBuf>,
}

/// Does every check that was asked for. The error is a sentence that says why doctor itself cannot run.
pub async fn run(request: &Request, clock: &dyn Clock) -> Result<Report, String> {
    let authorities = authorities(request.ca_file.as_deref()).map_err(|error| error.to_string())?;
    let mut sections = Vec::new();
    let mut ports = outside::Ports::default();
    if request.looks_inside {
        let mut ledger = Ledger::default();
        let config = inside::settings(&request.pairs, &mut ledger);
        let config = config.as_ref();
        let api = request.traefik_api.as_ref();
        let (sidecar, (traefik, servers)) = tokio::join!(
            inside::look(config, &request.pairs, request.plugin_file.as_deref(), ledger),
            traefik::look(config, api, clock),
        );
        ports = traefik::ports(config, servers, api);
        sections.push(Section { place: Place::Sidecar, url: None, results: sidecar });
        sections.push(Section { place: Place::Traefik, url: None, results: traefik });
    }
    for (index, target) in request.targets.iter().enumerate() {
        let probe = Probe::new(target.address(target.port()), &authorities)?;
        let outside = Outside {
            target,
            probe,
            authorities: &authorities,
            token: request.token.as_ref(),
            clock,
            ports: ports.clone(),
        };
        let results = Box::pin(outside::look(outside)).await;
        let url = Some(target.url().to_string());
        sections.insert(index, Section { place: Place::Outside, url, results });
    }
    Ok(Report { sections })
}
