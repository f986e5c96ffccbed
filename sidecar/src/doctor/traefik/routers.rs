//! Checks routers: which are served and protected, in which order they come, and whether one leads to Traefik's API.

use super::map::{Map, Role, Router};
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::value::at;

/// The kinds of middlewares that require a login.
pub(super) const LOGINS: [&str; 3] = ["basicauth", "digestauth", "forwardauth"];

/// Checks every router.
pub(super) fn check(map: &Map, ledger: &mut Ledger) {
    served(map, ledger);
    ledger.judge(Check::Protected, map.protected().next().is_some(), || {
        "No router has the plugin among its middlewares.".to_owned()
    });
    // The sidecar's own routers are above all others, from the next poll on.
    let by_hand =
        map.routers.iter().filter(|router| router.has(Role::Route) && !router.name.ends_with("@http"));
    for router in by_hand {
        if let Some(above) = map.protected().find(|protected| comes_before(protected, router)) {
            ledger.found(
                Check::OauthPriority,
                format!(
                    "Router {} has the priority {}, and {}, for its OAuth paths, only {}.",
                    above.name, above.priority, router.name, router.priority
                ),
            );
        }
    }
    ledger.fine(Check::OauthPriority);
    public_api(map, ledger);
    for router in map.protected() {
        let servers = map.service(router).map(|service| at(service, "/serverStatus"));
        let status = servers.and_then(|status| status.as_object());
        let is_down =
            status.is_some_and(|all| !all.is_empty() && all.values().all(|status| status == "DOWN"));
        ledger.judge(Check::ServerUp, !is_down, || format!("Every server of {} is down.", router.service));
    }
    ledger.fine(Check::ServerUp);
}

/// Whether a protected router has a higher priority than the OAuth router of the same tenant, and so takes its
/// requests.
fn comes_before(protected: &Router, oauth: &Router) -> bool {
    let tenant = |router: &Router| {
        let step = router.steps.iter().find(|step| step.role == Some(Role::Tenant));
        step.map(|step| step.name.clone())
    };
    protected.priority > oauth.priority
        && tenant(protected).is_some()
        && tenant(protected) == tenant(oauth)
        && protected.hosts.iter().any(|host| oauth.hosts.contains(host))
        && protected.entry_points.iter().any(|entry| oauth.entry_points.contains(entry))
}

fn served(map: &Map, ledger: &mut Ledger) {
    let mut has_plugin = true;
    for (name, error) in map.broken_middlewares() {
        let is_plugin = error.contains("plugin");
        has_plugin &= !is_plugin;
        let check = if is_plugin { Check::PluginLoaded } else { Check::RouterEnabled };
        ledger.found(check, format!("Middleware {name}: {error}."));
    }
    for router in &map.routers {
        for error in &router.errors {
            let is_plugin = error.contains("plugin");
            // One missing plugin breaks every protected router.
            if is_plugin && !has_plugin {
                continue;
            }
            has_plugin &= !is_plugin;
            let check = if is_plugin { Check::PluginLoaded } else { Check::RouterEnabled };
            ledger.found(check, format!("Router {}: {error}.", router.name));
        }
    }
    ledger.fine(Check::PluginLoaded);
    ledger.fine(Check::RouterEnabled);
}

/// Finds routers to Traefik's API at entry points that also serve MCP servers.
fn public_api(map: &Map, ledger: &mut Ledger) {
    let public: Vec<&String> = map.protected().flat_map(|router| &router.entry_points).collect();
    for router in &map.routers {
        let is_api = ["api@internal", "dashboard@internal"].contains(&router.service.as_str());
        let is_guarded = router.steps.iter().any(|step| {
            LOGINS.contains(&step.kind.as_str())
                || ["ipallowlist", "ipwhitelist"].contains(&step.kind.as_str())
        });
        let entry = router.entry_points.iter().find(|entry| public.contains(entry));
        if let (true, false, Some(entry)) = (is_api, is_guarded, entry) {
            ledger.found(
                Check::ApiRouter,
                format!(
                    "Router {} leads from the entry point {entry} to {} without a login.",
                    router.name, router.service
                ),
            );
        }
    }
    ledger.fine(Check::ApiRouter);
}
