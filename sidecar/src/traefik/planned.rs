//! What a plan follows from, and what it holds.

use std::collections::{BTreeMap, BTreeSet};

use protocol::resource::options::PluginEnvironment;
use protocol::traefik::rule::Rule;

use super::problem::Problem;
use super::view::Tls;

/// What a plan follows from, apart from what Traefik says.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    /// The name that Traefik's static configuration gives the plugin.
    pub(super) plugin: &'a str,
    /// The variables of the plugin's environment, with which its options are read as the plugin reads them.
    pub(super) environment: PluginEnvironment<'a>,
    /// Whether routers without the plugin are blocked.
    pub(super) block: bool,
}

/// What is to be configured.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The OAuth routers, by the qualified name of the router that each belongs to.
    pub(super) oauth: BTreeMap<String, OAuthRouter>,
    /// The routers to be blocked, by qualified name.
    pub(super) blocked: BTreeMap<String, Blocked>,
    /// Host and path of each tenant with a path at the shared middleware.
    pub(super) paths: BTreeSet<String>,
    /// What is wrong.
    pub(super) problems: BTreeSet<Problem>,
}

/// A router for a tenant's OAuth paths.
#[derive(Debug)]
pub(super) struct OAuthRouter {
    pub(super) rule: Rule,
    pub(super) priority: i64,
    pub(super) entry_points: Vec<String>,
    pub(super) tls: Option<Tls>,
    /// The middleware of the tenant itself, qualified; `None`: the shared one.
    pub(super) middleware: Option<String>,
}

/// A router that leads past the plugin.
#[derive(Debug)]
pub(super) struct Blocked {
    pub(super) rule: String,
    pub(super) priority: i64,
    pub(super) entry_points: Vec<String>,
    pub(super) tls: Option<Tls>,
}
