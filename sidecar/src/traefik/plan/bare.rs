//! Routers that lead to a protected service without the plugin.

use std::collections::BTreeSet;

use super::middlewares::Middlewares;
use crate::traefik::planned::{Blocked, Plan};
use crate::traefik::problem::Problem;
use crate::traefik::view::Router;

/// Finds such routers; `protected` are the services behind protected ones. With `block`, it adds to each one a router with a higher priority that answers 403.
///
/// A router that redirects plain http to https is left alone, because it lets no plain http request through.
pub(super) fn find<'a>(
    routers: impl Iterator<Item = &'a Router>,
    protected: &BTreeSet<String>,
    middlewares: &Middlewares,
    block: bool,
    plan: &mut Plan,
) {
    for router in routers.filter(|router| !middlewares.guards(router)) {
        let service = router.qualified_service();
        if !protected.contains(&service) {
            continue;
        }
        let name = router.name.clone();
        if block {
            plan.problems.insert(Problem::Blocked { router: name.clone(), service });
            let blocked = Blocked {
                rule: router.rule.clone(),
                // One higher and no more, so that routers with a higher priority, such as the protected one, still win.
                priority: router.priority.saturating_add(1),
                entry_points: router.entry_points.clone(),
                tls: router.tls_elsewhere(),
            };
            plan.blocked.insert(name, blocked);
        } else {
            plan.problems.insert(Problem::Bare { router: name, service });
        }
    }
}
