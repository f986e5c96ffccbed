//! Plans which routers are protected, which tenants they serve, and what is wrong.

mod bare;
mod middlewares;
mod reach;
mod tenants;

use std::collections::BTreeSet;

use super::names::{INTERNAL, is_own_router};
use super::planned::{Plan, Rules};
use super::problem::Problem;
use super::view::{Router, View};
use middlewares::Middlewares;
use reach::Services;
use tenants::{Bases, Tenant};

/// The highest priority of the OAuth router of a tenant without a path. Traefik reserves the highest 1,000 priorities,
/// and tenants with a path get priorities above this one.
const HIGHEST: i64 = i64::MAX - 2_000;

/// Plans what to configure in the Traefik that this view describes.
pub(super) fn plan(view: &View, rules: Rules<'_>) -> Plan {
    let mut plan = Plan::default();
    if is_old(&view.version) {
        plan.problems.insert(Problem::OldTraefik(view.version.clone()));
    }
    let middlewares = Middlewares::read(view, rules, &mut plan.problems);
    let routers: Vec<&Router> = view.routers.iter().filter(|router| router.provider != INTERNAL).collect();
    let others = || routers.iter().copied().filter(|router| !is_own_router(&router.name, &router.provider));
    // This priority is above the routers of other providers, so that none of them gets requests for OAuth paths.
    let top = others().map(|router| router.priority).max().unwrap_or(0).saturating_add(1).min(HIGHEST);
    let explicit = middlewares.explicit_oauth_routers(others());
    let services = Services::read(view);
    let mut bases = Bases::default();
    let mut tenants = Vec::new();
    let mut protected = BTreeSet::new();
    for router in others().filter(|router| !middlewares.is_oauth_router(router)) {
        let Some(middleware) = middlewares.of(router, &mut plan.problems) else { continue };
        protected.extend(services.reached(router));
        match Tenant::read(router, middleware) {
            Ok(tenant) => {
                bases.add(&tenant);
                tenants.push(tenant);
            }
            Err(Some(problem)) => {
                plan.problems.insert(problem);
            }
            // This problem was already reported for the middleware.
            Err(None) => {}
        }
    }
    let contested = bases.contested(&mut plan.problems);
    for tenant in tenants {
        plan.problems.extend(tenant.remarks());
        if tenant.bases().any(|base| contested.contains(&base)) {
            continue;
        }
        plan.paths.extend(tenant.shared_paths());
        // If an operator wrote the OAuth router by hand, the sidecar adds none.
        if !explicit.contains(tenant.middleware_name()) {
            plan.oauth.insert(tenant.router_name().to_owned(), tenant.oauth_router(top));
        }
    }
    // A router that redirects plain http to https also guards the server: it lets no plain http request through.
    let bare = others().filter(|router| !middlewares.guards(router));
    let bare = bare.filter(|router| !services.reached(router).is_disjoint(&protected));
    bare::report(bare, rules.block, &mut plan);
    plan
}

/// Whether a version is older than 3.6.14. A version that is not a number, such as `dev`, does not count as old.
fn is_old(version: &str) -> bool {
    let mut parts = version.trim_start_matches('v').split(['.', '-']).map(str::parse::<u32>);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) => (major, minor, patch) < (3, 6, 14),
        _ => false,
    }
}
