//! The input and the result of planning.

use std::collections::{BTreeMap, BTreeSet};

use protocol::resource::options::PluginEnvironment;
use protocol::traefik::rule::Rule;

use super::problem::Problem;
use super::view::Tls;

/// The settings that a plan depends on. The rest of the input is what Traefik's API says.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    /// The name that Traefik's static configuration gives the plugin.
    pub(super) plugin: &'a str,
    /// The variables of the plugin's environment, so that options are parsed with the same result as in the plugin.
    pub(super) environment: PluginEnvironment<'a>,
    /// Whether routers are blocked that lead to a protected server without the plugin.
    pub(super) block: bool,
}

/// The routers that the sidecar adds, and the problems.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The OAuth routers. Each key is the name, with its provider, of the protected router that it belongs to.
    pub(super) oauth: BTreeMap<String, OAuthRouter>,
    /// The routers that block others. Each key is the name, with its provider, of the router that is blocked.
    pub(super) blocked: BTreeMap<String, Blocked>,
    /// Host and path of each tenant that uses the shared middleware and has a path.
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
    /// The name of the tenant's own middleware, with its provider; `None`: the shared middleware.
    pub(super) middleware: Option<String>,
}

/// A router that answers 403 in place of a router that leads past the plugin.
#[derive(Debug)]
pub(super) struct Blocked {
    pub(super) rule: String,
    pub(super) priority: i64,
    pub(super) entry_points: Vec<String>,
    pub(super) tls: Option<Tls>,
}
