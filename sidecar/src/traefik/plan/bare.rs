//! Handles routers that lead to a protected server without the plugin.

use crate::traefik::planned::{Blocked, Plan};
use crate::traefik::problem::Problem;
use crate::traefik::view::Router;

/// Reports these routers. With `block`, also adds, for each of them, a router with a higher priority that answers 403.
pub(super) fn report<'a>(routers: impl Iterator<Item = &'a Router>, block: bool, plan: &mut Plan) {
    for router in routers {
        let (name, service) = (router.name.clone(), router.qualified_service());
        if block {
            plan.problems.insert(Problem::Blocked { router: name.clone(), service });
            let blocked = Blocked {
                rule: router.rule.clone(),
                // One higher and no more, so that routers with a higher priority, such as the protected router, still
                // win.
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
