//! The input and the result of planning.

use std::collections::{BTreeMap, BTreeSet};

use protocol::resource::options::PluginEnvironment;
use protocol::traefik::rule::Rule;

use super::problem::Problem;
use super::view::Tls;

/// The settings that a plan depends on. The other input is Traefik's API.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    /// The name that Traefik's static configuration gives the plugin.
    pub(super) plugin: &'a str,
    /// The variables of the plugin's environment, so that the sidecar parses options with the same result as the plugin
    /// does.
    pub(super) environment: PluginEnvironment<'a>,
    /// Whether routers that lead to a protected server without the plugin are blocked.
    pub(super) block: bool,
}

/// The routers that the sidecar adds, and the problems.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The OAuth routers. Each key is the name, with its provider, of the protected router that it belongs to.
    pub(super) oauth: BTreeMap<String, OAuthRouter>,
    /// The routers that block others. Each key is the name, with its provider, of a blocked router.
    pub(super) blocked: BTreeMap<String, Blocked>,
    /// Host and path of each issuer of the tenants that use the shared middleware and have a path.
    pub(super) paths: BTreeSet<String>,
    /// The problems to report.
    pub(super) problems: BTreeSet<Problem>,
}

/// A router for a tenant's OAuth paths.
#[derive(Debug)]
pub(super) struct OAuthRouter {
    pub(super) rule: Rule,
    pub(super) priority: i64,
    pub(super) entry_points: Vec<String>,
    pub(super) tls: Option<Tls>,
    /// The name of the tenant's own middleware, with its provider; `None` for the shared middleware.
    pub(super) middleware: Option<String>,
}

/// A router that takes the requests of a router that bypasses the plugin, and answers 403.
#[derive(Debug)]
pub(super) struct Blocked {
    pub(super) rule: String,
    pub(super) priority: i64,
    pub(super) entry_points: Vec<String>,
    pub(super) tls: Option<Tls>,
}
