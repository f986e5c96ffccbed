//! The tenant that a protected router serves, with the hosts and the path of the tenant's issuers.

use std::collections::{BTreeMap, BTreeSet};

use protocol::resource::options::{BaseSource, TenantConfig};
use protocol::tenant::TenantId;
use protocol::traefik::rule::{PathPrefix, Rule};
use protocol::uri::path_is_at_or_below;

use super::middlewares::OfRouter;
use crate::traefik::names::MCP_AUTH;
use crate::traefik::planned::OAuthRouter;
use crate::traefik::problem::Problem;
use crate::traefik::view::Router;

/// A protected router with its tenant.
pub(super) struct Tenant<'a> {
    router: &'a Router,
    rule: Rule,
    hosts: BTreeSet<String>,
    path: PathPrefix,
    /// The name of the tenant's own middleware, with its provider; `None` if the tenant uses the shared middleware.
    middleware: Option<String>,
    id: TenantId,
}

impl<'a> Tenant<'a> {
    /// Reads the rule of a router and the options of its middleware. The error holds no problem (`None`) if the plugin
    /// refuses the options, because that problem is reported for the middleware.
    pub(super) fn read(router: &'a Router, middleware: OfRouter<'_>) -> Result<Self, Option<Problem>> {
        let OfRouter { name, config } = middleware;
        let config = config.ok_or(None)?;
        if router.rule_syntax == "v2" {
            return Err(Some(Problem::RuleSyntax(router.name.clone())));
        }
        let rule = Rule::parse(&router.rule).map_err(|error| Problem::rule(&router.name, &error))?;
        let path = path(router, &rule, name.as_deref(), config)?;
        let hosts = hosts(router, &rule, config)?;
        Ok(Self { router, rule, hosts, path, middleware: name, id: config.tid })
    }

    /// The name of the protected router, with its provider.
    pub(super) fn router_name(&self) -> &str {
        &self.router.name
    }

    /// The name of the tenant's middleware, with its provider.
    pub(super) fn middleware_name(&self) -> &str {
        self.middleware.as_deref().unwrap_or(MCP_AUTH)
    }

    /// Returns host and path of each issuer.
    pub(super) fn bases(&self) -> impl Iterator<Item = String> {
        self.hosts.iter().map(|host| format!("{host}{}", self.path))
    }

    /// Returns host and path of each issuer, for the option `paths` of the shared middleware. Empty if the tenant has a
    /// middleware of its own, or no path.
    pub(super) fn shared_paths(&self) -> impl Iterator<Item = String> {
        self.bases().filter(|_| self.middleware.is_none() && !self.path.is_host_only())
    }

    /// Returns the problem that conditions in the rule may keep people from logging in, if there are any such
    /// conditions.
    pub(super) fn remarks(&self) -> Option<Problem> {
        let obstacles = self.rule.obstacles();
        let router = self.router.name.clone();
        (!obstacles.is_empty()).then(|| Problem::Conditions { router, conditions: obstacles.join(", ") })
    }

    /// Returns the router for the tenant's OAuth paths. Its priority grows with the depth of the tenant's path, so that
    /// the tenant `/a/b` comes before the tenant `/a`. `top` is the priority of a tenant without a path.
    pub(super) fn oauth_router(&self, top: i64) -> OAuthRouter {
        let depth = self.path.as_str().matches('/').count();
        OAuthRouter {
            rule: self.rule.oauth(&self.path),
            priority: top.saturating_add(i64::try_from(depth).unwrap_or_default()),
            entry_points: self.router.entry_points.clone(),
            tls: self.router.tls_elsewhere(),
            middleware: self.middleware.clone(),
        }
    }
}

/// Returns the path of the tenant: from the options of its own middleware or, if these name none, from the rule.
fn path(
    router: &Router,
    rule: &Rule,
    middleware: Option<&str>,
    config: &TenantConfig,
) -> Result<PathPrefix, Option<Problem>> {
    let by_rule = rule.prefix().map_err(|error| Problem::path(&router.name, &error));
    let own = match (&config.base, middleware) {
        (BaseSource::Request { path }, Some(name)) => Some((name, path.as_str())),
        (BaseSource::Fixed(base), Some(name)) => Some((name, base.path())),
        (_, None) | (BaseSource::Paths(_), _) => None,
    };
    let Some((name, own)) = own else { return by_rule.map_err(Some) };
    let own = PathPrefix::parse(own).map_err(|error| Problem::path(&router.name, &error))?;
    // If the rule has no single path, nothing is compared: the rule may be for parts of the tenant, and the plugin
    // decides about each request.
    if let Ok(by_rule) = by_rule {
        let (wide, narrow) = (own.as_str(), by_rule.as_str());
        if !path_is_at_or_below(narrow, wide) && !path_is_at_or_below(wide, narrow) {
            return Err(Some(Problem::OtherPath {
                router: router.name.clone(),
                middleware: name.to_owned(),
                rule_path: narrow.to_owned(),
                tenant_path: wide.to_owned(),
            }));
        }
    }
    Ok(own)
}

/// Returns the hosts of the tenant's issuers: the host of `publicURL` or, if that is not set, the hosts that the rule
/// names.
fn hosts(router: &Router, rule: &Rule, config: &TenantConfig) -> Result<BTreeSet<String>, Option<Problem>> {
    if let BaseSource::Fixed(base) = &config.base {
        return Ok([base.host().to_owned()].into());
    }
    let hosts = rule.hosts();
    let names = hosts.names().filter(|names| !names.is_empty());
    let names = names.ok_or_else(|| Problem::Hosts(router.name.clone()))?;
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// The tenants that claim each issuer, and the routers of each of these tenants.
#[derive(Default)]
pub(super) struct Bases(BTreeMap<String, BTreeMap<TenantId, BTreeSet<String>>>);

impl Bases {
    pub(super) fn add(&mut self, tenant: &Tenant<'_>) {
        for base in tenant.bases() {
            let routers = self.0.entry(base).or_default().entry(tenant.id).or_default();
            routers.insert(tenant.router_name().to_owned());
        }
    }

    /// Returns the issuers that several tenants claim, and reports them. Nobody can log in there, because whoever wrote
    /// the labels of one tenant could otherwise send the other tenant's users to an identity provider of their choice.
    pub(super) fn contested(self, problems: &mut BTreeSet<Problem>) -> BTreeSet<String> {
        let several = self.0.into_iter().filter(|(_, tenants)| tenants.len() > 1);
        several
            .map(|(base, tenants)| {
                let routers: BTreeSet<String> = tenants.into_values().flatten().collect();
                let routers = routers.into_iter().collect::<Vec<_>>().join(", ");
                problems.insert(Problem::TwoTenants { base: base.clone(), routers });
                base
            })
            .collect()
    }
}
