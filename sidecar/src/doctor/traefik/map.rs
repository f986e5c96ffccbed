//! What Traefik's API says, with the middlewares of each router in their order.

use std::collections::{BTreeMap, BTreeSet};

use protocol::traefik::rule::{Hosts, Rule};
use serde_json::Value;
use url::Url;

use crate::doctor::probe::Probe;
use crate::doctor::value::{at, text, texts};

/// The maximum depth to which chains in chains are followed.
const DEEPEST: usize = 16;
/// The maximum number of entries of a list that are read. Traefik has some entries for each MCP server.
const MOST: usize = 1_000;

/// The configuration of one Traefik.
#[derive(Debug, Default)]
pub(in crate::doctor) struct Map {
    pub(super) version: (u32, u32, u32),
    pub(super) routers: Vec<Router>,
    pub(super) entry_points: BTreeMap<String, Value>,
    services: BTreeMap<String, Value>,
    middlewares: BTreeMap<String, Value>,
    plugin: String,
}

/// A router.
#[derive(Debug)]
pub(super) struct Router {
    pub(super) name: String,
    pub(super) service: String,
    pub(super) entry_points: Vec<String>,
    pub(super) priority: i64,
    pub(super) has_tls: bool,
    /// The hosts in the rule; empty if they are not known.
    pub(super) hosts: Vec<String>,
    /// Why Traefik does not serve the router; empty if it does.
    pub(super) errors: Vec<String>,
    /// The middlewares in order, chains replaced by their members.
    pub(super) steps: Vec<Step>,
}

/// A middleware of a router.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: String,
    /// Traefik's type, such as `stripprefix`; empty if Traefik does not know the middleware.
    pub(super) kind: String,
    /// The role of our plugin; `None` if the middleware is another one.
    pub(super) role: Option<Role>,
    /// The options.
    pub(super) options: Value,
}

/// What the API returned, as it is.
pub(super) struct Lists {
    pub(super) version: Value,
    pub(super) routers: Value,
    pub(super) middlewares: Value,
    pub(super) services: Value,
    pub(super) entry_points: Value,
}

/// What our plugin does in a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The plugin guards a tenant.
    Tenant,
    /// The plugin vouches that the router leads to the sidecar.
    Route,
}

impl Map {
    /// Reads the API at this address, which is given without `/api`. Also returns the `Date` of a response. The error
    /// is a sentence without its period.
    pub(super) async fn read(probe: &Probe, address: &Url, plugin: &str) -> Result<(Self, String), String> {
        let lists = tokio::join!(
            list(probe, address, "version"),
            list(probe, address, "http/routers"),
            list(probe, address, "http/middlewares"),
            list(probe, address, "http/services"),
            list(probe, address, "entrypoints"),
        );
        let ((version, date), (routers, _), (middlewares, _)) = (lists.0?, lists.1?, lists.2?);
        let ((services, _), (entry_points, _)) = (lists.3?, lists.4?);
        Ok((Self::of(&Lists { version, routers, middlewares, services, entry_points }, plugin), date))
    }

    /// Makes the map from what the API returned.
    pub(super) fn of(lists: &Lists, plugin: &str) -> Self {
        let mut map = Self {
            version: numbers(&text(&lists.version, "Version")),
            routers: Vec::new(),
            entry_points: by_name(&lists.entry_points, ""),
            services: by_name(&lists.services, "provider"),
            middlewares: by_name(&lists.middlewares, "provider"),
            plugin: plugin.to_owned(),
        };
        let routers = lists.routers.as_array().cloned().unwrap_or_default();
        map.routers = routers.iter().map(|router| map.router(router)).collect();
        map
    }

    fn router(&self, router: &Value) -> Router {
        let provider = text(router, "provider");
        let mut steps = Vec::new();
        for name in texts(router, "middlewares") {
            self.expand(&qualified(&name, &provider), DEEPEST, &mut steps);
        }
        let rule = Rule::parse(&text(router, "rule")).ok();
        let hosts = rule.as_ref().map(Rule::hosts);
        let hosts = hosts.as_ref().and_then(Hosts::names).unwrap_or_default();
        let is_enabled = text(router, "status") == "enabled";
        let mut errors = texts(router, "error");
        if !is_enabled && errors.is_empty() {
            errors.push("it is disabled".to_owned());
        }
        Router {
            name: text(router, "name"),
            service: qualified(&text(router, "service"), &provider),
            entry_points: texts(router, "entryPoints"),
            priority: at(router, "/priority").as_i64().unwrap_or_default(),
            has_tls: at(router, "/tls").is_object(),
            hosts: hosts.into_iter().map(str::to_owned).collect(),
            errors,
            steps,
        }
    }

    fn expand(&self, name: &str, depth: usize, steps: &mut Vec<Step>) {
        let Some(middleware) = self.middlewares.get(name) else {
            steps.push(Step { name: name.to_owned(), kind: String::new(), role: None, options: Value::Null });
            return;
        };
        let provider = text(middleware, "provider");
        let members = texts(at(middleware, "/chain"), "middlewares");
        if !members.is_empty() {
            let Some(depth) = depth.checked_sub(1) else { return };
            for member in members {
                self.expand(&qualified(&member, &provider), depth, steps);
            }
            return;
        }
        let plugin = at(middleware, "/plugin").get(&self.plugin);
        let role =
            plugin.map(|options| if *at(options, "/role") == "route" { Role::Route } else { Role::Tenant });
        let kind = text(middleware, "type").to_ascii_lowercase();
        steps.push(Step { name: name.to_owned(), kind, role, options: middleware.clone() });
    }

    /// The routers that lead to an MCP server through the plugin.
    pub(super) fn protected(&self) -> impl Iterator<Item = &Router> {
        self.routers.iter().filter(|router| router.has(Role::Tenant) && !router.has(Role::Route))
    }

    /// Whether Traefik serves the router with this name.
    pub(super) fn is_served(&self, name: &str) -> bool {
        self.routers.iter().any(|router| router.name == name && router.errors.is_empty())
    }

    /// The service of a router, as the API lists it; `None` if the API does not list it.
    pub(super) fn service(&self, router: &Router) -> Option<&Value> {
        self.services.get(&router.service)
    }

    /// The middlewares that Traefik could not make, with the reason.
    pub(super) fn broken_middlewares(&self) -> impl Iterator<Item = (&str, String)> {
        let errors = |middleware: &Value| texts(middleware, "error").join("; ");
        self.middlewares
            .iter()
            .map(move |(name, middleware)| (name.as_str(), errors(middleware)))
            .filter(|(_, error)| !error.is_empty())
    }

    /// Returns an option of our plugin in a step; `None` if it is not set. The plugin takes the names of options in
    /// any case.
    pub(super) fn option<'a>(&self, step: &'a Step, name: &str) -> Option<&'a Value> {
        let options = at(&step.options, "/plugin").get(&self.plugin)?.as_object()?;
        options.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The ports at which protected MCP servers listen.
    pub(super) fn server_ports(&self) -> Vec<u16> {
        let services = self.protected().filter_map(|router| self.service(router));
        let servers =
            services.filter_map(|service| at(service, "/loadBalancer/servers").as_array()).flatten();
        let urls = servers.filter_map(|server| Url::parse(at(server, "/url").as_str()?).ok());
        let ports: BTreeSet<u16> = urls.filter_map(|url| url.port_or_known_default()).collect();
        ports.into_iter().collect()
    }
}

impl Router {
    /// Whether our plugin is among the middlewares with this role.
    pub(super) fn has(&self, role: Role) -> bool {
        self.steps.iter().any(|step| step.role == Some(role))
    }

    /// The middlewares before the plugin that guards the tenant.
    pub(super) fn before_plugin(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().take_while(|step| step.role != Some(Role::Tenant))
    }

    /// The plugin that guards the tenant, and the middlewares after it.
    pub(super) fn steps_from_plugin(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().skip_while(|step| step.role != Some(Role::Tenant))
    }
}

/// Reads a list of the API; also returns the `Date` of the response.
async fn list(probe: &Probe, address: &Url, what: &str) -> Result<(Value, String), String> {
    let mut url = address.clone();
    url.set_path(&format!("{}/api/{what}", address.path().trim_end_matches('/')));
    url.set_query(Some(&format!("per_page={MOST}")));
    let failed = |why: &str| format!("Traefik's API at {address} ({what}): {why}");
    let answer = probe.get_whole(url).await.map_err(|failure| failed(&failure.words()))?;
    let date = answer.header("date").to_owned();
    if answer.status != 200 {
        return Err(failed(&format!("status {}", answer.status)));
    }
    answer.json().map(|value| (value, date)).ok_or_else(|| failed("the response is not JSON"))
}

/// Returns the entries of a list by name. If the member `provider` of an entry names a provider, the name is qualified
/// with it.
fn by_name(list: &Value, provider: &str) -> BTreeMap<String, Value> {
    let entries = list.as_array().cloned().unwrap_or_default();
    let named = entries.into_iter().map(|entry| {
        let name = text(&entry, "name");
        let provider = text(&entry, provider);
        (if provider.is_empty() { name } else { qualified(&name, &provider) }, entry)
    });
    named.collect()
}

fn qualified(name: &str, provider: &str) -> String {
    if name.contains('@') { name.to_owned() } else { format!("{name}@{provider}") }
}

/// Returns the numbers of a version; zeros if it is not made of numbers, such as `dev`.
fn numbers(version: &str) -> (u32, u32, u32) {
    let mut parts = version.trim_start_matches('v').split(['.', '-']).map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}
