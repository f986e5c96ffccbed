//! Finds out which middlewares of a router are the plugin, and with which options. Chains are followed. The plugin's
//! options are parsed with the plugin's own code.

use std::collections::{BTreeMap, BTreeSet};

use protocol::resource::options::{self, PluginConfig, TenantConfig};
use serde_json::json;

use crate::traefik::names::{MCP_AUTH, ROUTE, TENANT, qualified};
use crate::traefik::planned::Rules;
use crate::traefik::problem::Problem;
use crate::traefik::view::{Router, View};

/// The maximum depth to which chains within chains are followed.
const DEEPEST: usize = 16;

/// The kinds of middleware that a plan depends on.
enum Role {
    /// The plugin with `role=route`, which vouches that a router leads to the sidecar.
    Route,
    /// The plugin for a tenant. `None` if the plugin refuses the options.
    Tenant(Option<Box<TenantConfig>>),
    /// Redirects every plain http request, so that none reaches the service.
    RedirectScheme,
    /// A chain of these middlewares, in this order, each named with its provider.
    Chain(Vec<String>),
}

/// The middlewares that a plan depends on. Each key is a name with its provider.
pub(super) struct Middlewares {
    roles: BTreeMap<String, Role>,
    shared: Option<Box<TenantConfig>>,
}

/// The tenant middleware of a router.
pub(super) struct OfRouter<'a> {
    /// The name of the middleware with its provider; `None` for the shared middleware.
    pub(super) name: Option<String>,
    /// The options of the middleware; `None` if the plugin refuses them.
    pub(super) config: Option<&'a TenantConfig>,
}

impl Middlewares {
    pub(super) fn read(view: &View, rules: Rules<'_>, problems: &mut BTreeSet<Problem>) -> Self {
        let mut known = BTreeMap::new();
        for middleware in &view.middlewares {
            let name = qualified(&middleware.name, &middleware.provider);
            let options = middleware.plugin.as_ref().and_then(|plugins| plugins.get(rules.plugin));
            let role = if let Some(options) = options {
                match options::parse(options.to_string().as_bytes(), rules.environment) {
                    Ok(PluginConfig::Route(_)) => Role::Route,
                    Ok(PluginConfig::Tenant(_, config)) => Role::Tenant(Some(config)),
                    Err(error) => {
                        problems
                            .insert(Problem::Options { middleware: name.clone(), error: error.to_string() });
                        Role::Tenant(None)
                    }
                }
            } else if let Some(chain) = &middleware.chain {
                let names = chain.middlewares.iter().map(|name| qualified(name, &middleware.provider));
                Role::Chain(names.collect())
            } else if middleware.kind == "redirectscheme" {
                Role::RedirectScheme
            } else {
                continue;
            };
            known.insert(name, role);
        }
        Self { roles: known, shared: shared(rules) }
    }

    /// Returns the names of a router's middlewares, in order. Each chain is replaced by its members, except the shared
    /// middleware, which is a chain too.
    fn expanded(&self, router: &Router) -> Vec<String> {
        let mut found = Vec::new();
        for name in &router.middlewares {
            self.expand(&qualified(name, &router.provider), DEEPEST, &mut found);
        }
        found
    }

    fn expand(&self, name: &str, depth: usize, found: &mut Vec<String>) {
        match self.roles.get(name) {
            Some(Role::Chain(names)) if name != MCP_AUTH => {
                // Traefik itself refuses a chain that contains itself.
                let Some(depth) = depth.checked_sub(1) else { return };
                for name in names {
                    self.expand(name, depth, found);
                }
            }
            _ => found.push(name.to_owned()),
        }
    }

    /// Whether the router is an OAuth router that an operator wrote by hand.
    pub(super) fn is_oauth_router(&self, router: &Router) -> bool {
        self.expanded(router).iter().any(|name| self.is_route(name))
    }

    /// Returns the tenant middlewares that have an OAuth router written by hand.
    pub(super) fn explicit_oauth_routers<'a>(
        &self,
        routers: impl Iterator<Item = &'a Router>,
    ) -> BTreeSet<String> {
        let by_hand = routers.filter(|router| self.is_oauth_router(router));
        let names = by_hand.flat_map(|router| self.expanded(router));
        names.filter(|name| self.is_tenant(name)).collect()
    }

    /// Whether this middleware vouches that a router leads to the sidecar. The sidecar's own such middleware is
    /// recognized by its name, because Traefik does not list it yet at the first poll.
    fn is_route(&self, name: &str) -> bool {
        name == qualified(ROUTE, "http") || matches!(self.roles.get(name), Some(Role::Route))
    }

    fn is_tenant(&self, name: &str) -> bool {
        is_shared(name) || matches!(self.roles.get(name), Some(Role::Tenant(_)))
    }

    /// Returns the tenant middleware of a router. `None` if the router has none or several; several are a problem,
    /// which is reported.
    pub(super) fn of(&self, router: &Router, problems: &mut BTreeSet<Problem>) -> Option<OfRouter<'_>> {
        let mut tenants = self.expanded(router).into_iter().filter(|name| self.is_tenant(name));
        let name = tenants.next()?;
        if let Some(second) = tenants.find(|second| *second != name) {
            problems.insert(Problem::TwoMiddlewares { router: router.name.clone(), first: name, second });
            return None;
        }
        if is_shared(&name) {
            return Some(OfRouter { name: None, config: self.shared.as_deref() });
        }
        let config = match self.roles.get(&name) {
            Some(Role::Tenant(config)) => config.as_deref(),
            _ => None,
        };
        Some(OfRouter { name: Some(name), config })
    }

    /// Whether every request that reaches the service of this router passes the plugin.
    pub(super) fn guards(&self, router: &Router) -> bool {
        self.expanded(router).iter().any(|name| {
            self.is_tenant(name)
                || self.is_route(name)
                || matches!(self.roles.get(name), Some(Role::RedirectScheme))
        })
    }
}

fn is_shared(name: &str) -> bool {
    name == MCP_AUTH || name == qualified(TENANT, "http")
}

/// Returns the options of the shared middleware, as the plugin parses them. `None` if the plugin refuses them.
fn shared(rules: Rules<'_>) -> Option<Box<TenantConfig>> {
    let options = json!({ "pathPrefix": "" }).to_string();
    match options::parse(options.as_bytes(), rules.environment) {
        Ok(PluginConfig::Tenant(_, config)) => Some(config),
        Ok(PluginConfig::Route(_)) | Err(_) => None,
    }
}
