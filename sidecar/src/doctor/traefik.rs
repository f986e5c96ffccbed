//! Looks at Traefik's routers, middlewares, services and entry points through its API.

mod entry_points;
mod map;
mod middlewares;
mod routers;
mod trailers;

use std::collections::BTreeSet;

use protocol::resource::options::PluginEnvironment;
use url::Url;

use super::check::Check;
use super::ledger::{Ledger, Outcome};
use super::outside::{Ports, clock};
use super::probe::Probe;
use super::row::{Place, Severity};
use crate::clock::Clock;
use crate::config::Config;
use crate::traefik::{Inspection, Inspector, Problem};
use crate::upstream::http::HttpClient;
use map::Map;

/// The host of Traefik's API in the compose files, tried if no setting names another.
const USUAL: &str = "traefik";

/// Returns the outcome of every check of Traefik, and the ports of the protected MCP servers.
pub(super) async fn look(
    config: Option<&Config>,
    api: Option<&Url>,
    clock: &dyn Clock,
) -> (Vec<(Check, Outcome)>, Vec<u16>) {
    let mut ledger = Ledger::default();
    let Some(config) = config else {
        ledger.not_checked(Check::TraefikApi, "settings failed");
        return (ledger.finish(Place::Traefik), Vec::new());
    };
    let mut servers = Vec::new();
    match read(config, api, clock, &mut ledger).await {
        Ok((inspection, map)) => {
            ledger.fine(Check::TraefikApi);
            problems(inspection, &map, &mut ledger);
            routers::check(&map, &mut ledger);
            middlewares::check(&map, &mut ledger);
            trailers::check(&map, &mut ledger);
            entry_points::check(&map, config.server.client_ip_depth, &mut ledger);
            servers = map.server_ports();
        }
        Err(Unread::Unknown) => ledger.not_checked(
            Check::TraefikApi,
            "neither BOUNCER_TRAEFIK_API nor --traefik-api says where Traefik's API is",
        ),
        Err(Unread::Failed(why)) => ledger.found(Check::TraefikApi, format!("{why}.")),
    }
    (ledger.finish(Place::Traefik), servers)
}

/// Why the API was not read.
enum Unread {
    /// No setting says where the API is, and it is not at its usual address.
    Unknown,
    /// The API cannot be read, for this reason.
    Failed(String),
}

async fn read(
    config: &Config,
    api: Option<&Url>,
    clock: &dyn Clock,
    ledger: &mut Ledger,
) -> Result<(Inspection, Map), Unread> {
    let setting = &config.server.traefik_api;
    let named = api.or_else(|| setting.fixed()).cloned();
    let is_named = named.is_some();
    let address = named.or_else(|| setting.at_the_host(USUAL)).ok_or(Unread::Unknown)?;
    let failed = |why: String| if is_named { Unread::Failed(why) } else { Unread::Unknown };
    let http = HttpClient::new(&BTreeSet::new(), &[], None).map_err(|error| failed(error.to_string()))?;
    let probe = Probe::new(None, &[]).map_err(failed)?;
    let keys = config.keys.anchor();
    let (plugin_key, anchor) = (keys.plugin_key().to_text(), keys.trust_anchor().to_text());
    let inspector = Inspector {
        plugin: &config.server.plugin_name,
        environment: PluginEnvironment { plugin_key: plugin_key.expose(), trust_anchor: &anchor },
        block: config.server.block_bare_routers,
    };
    let (inspection, map) = tokio::join!(
        inspector.inspect(&http, &address),
        Map::read(&probe, &address, &config.server.plugin_name),
    );
    let (map, date) = map.map_err(failed)?;
    let inspection = inspection.map_err(failed)?;
    clock::check(Check::TraefikClock, "Traefik", &date, clock.now(), ledger);
    Ok((inspection, map))
}

/// Records the problems that the sidecar also finds whenever Traefik polls it.
fn problems(inspection: Inspection, map: &Map, ledger: &mut Ledger) {
    for problem in inspection.problems {
        let check = match problem {
            Problem::Api { .. } => Check::TraefikApi,
            Problem::OldTraefik(_) => Check::TraefikVersion,
            Problem::Rule { .. }
            | Problem::RuleSyntax(_)
            | Problem::Path { .. }
            | Problem::Hosts(_)
            | Problem::OtherPath { .. } => Check::RouterRule,
            Problem::Conditions { .. } => Check::RuleConditions,
            Problem::Options { .. } => Check::PluginOptions,
            Problem::TwoMiddlewares { .. } | Problem::TwoTenants { .. } => Check::TenantsApart,
            Problem::Bare { .. } | Problem::Blocked { .. } => Check::BareRouter,
        };
        let row = check.row();
        let is_closed = matches!(problem, Problem::Blocked { .. });
        let severity = if is_closed { Severity::Advice } else { row.severity };
        ledger.found_with(check, severity, format!("{problem}."), row.remedy);
    }
    for check in [
        Check::TraefikVersion,
        Check::RouterRule,
        Check::RuleConditions,
        Check::PluginOptions,
        Check::TenantsApart,
        Check::BareRouter,
    ] {
        ledger.fine(check);
    }
    // A router that Traefik does not serve is reported by the check `router-enabled`.
    let served = inspection.without_oauth_router.into_iter().filter(|router| map.is_served(router));
    for router in served {
        ledger.found(
            Check::OauthRouter,
            format!("Router {router} is protected, and no router leads its OAuth paths to the sidecar."),
        );
    }
    ledger.fine(Check::OauthRouter);
}

/// Returns the ports of the sidecar and of Traefik's API, as the settings give them.
pub(super) fn ports(config: Option<&Config>, servers: Vec<u16>, api: Option<&Url>) -> Ports {
    let Some(config) = config else { return Ports::default() };
    let port = |address: &crate::config::ListenAddress| address.destinations().first().map(|(_, port)| *port);
    Ports {
        servers,
        operations: port(&config.server.ops_listen),
        oauth: port(&config.server.listen),
        api: api.or_else(|| config.server.traefik_api.fixed()).and_then(Url::port_or_known_default),
    }
}
