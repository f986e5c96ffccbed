//! The problems of the routers of a Traefik, with one message for each.

use events::Reason;
use protocol::traefik::rule::{PrefixError, RuleError};

/// A problem. [`Problem::Bare`] means that requests without a token reach an MCP server. With no other problem does
/// anybody get in without a token: a router that is not served stays closed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Problem {
    /// Traefik's API cannot be read.
    #[error(
        "Traefik's API at {api} cannot be read ({detail}): Traefik keeps the routers it has; set --api.insecure=true on a port that is not published, or BOUNCER_TRAEFIK_API"
    )]
    Api {
        /// The address of the API.
        api: String,
        /// Why it cannot be read.
        detail: String,
    },
    /// This version of Traefik lacks fixes that the plugin relies on.
    #[error("Traefik {0} is older than 3.6.14, which the plugin needs: update it")]
    OldTraefik(String),
    /// The rule cannot be read, so no OAuth router is written.
    #[error("router {router}: its rule cannot be read ({error}), so nobody can log in there")]
    Rule {
        /// The name of the router, with its provider.
        router: String,
        /// Why the rule cannot be read.
        error: String,
    },
    /// The rule is written in the older syntax (`ruleSyntax` v2).
    #[error(
        "router {0}: ruleSyntax v2 is not supported, so nobody can log in there: remove it and write the rule for v3"
    )]
    RuleSyntax(String),
    /// The path of the tenant cannot be derived from the rule.
    #[error("router {router}: {error}; until then nobody can log in there")]
    Path {
        /// The name of the router, with its provider.
        router: String,
        /// What to change.
        error: String,
    },
    /// The rule does not name its hosts, so the tenant's issuers are unknown.
    #[error(
        "router {0}: its rule does not name its hosts (any host, a pattern or a regular expression), so nobody can log in there: write Host(`wiki.example.com`)"
    )]
    Hosts(String),
    /// The router serves a path that lies outside the tenant of its middleware.
    #[error(
        "router {router}: its rule is for {rule_path}, and its middleware {middleware} is for {tenant_path}: make pathPrefix the same"
    )]
    OtherPath {
        /// The name of the router, with its provider.
        router: String,
        /// The name of the middleware, with its provider.
        middleware: String,
        /// The path in the rule.
        rule_path: String,
        /// The path in the middleware's options.
        tenant_path: String,
    },
    /// The rule has conditions that a browser may not meet.
    #[error("router {router}: a browser that logs in may not meet {conditions} in its rule")]
    Conditions {
        /// The name of the router, with its provider.
        router: String,
        /// The matchers that a browser may not meet.
        conditions: String,
    },
    /// The plugin does not accept the options of a middleware.
    #[error("middleware {middleware}: {error}; its routers answer 503")]
    Options {
        /// The name of the middleware, with its provider.
        middleware: String,
        /// The plugin's error message.
        error: String,
    },
    /// The router has the middlewares of two tenants.
    #[error(
        "router {router}: it has two tenants, {first} and {second}, so no token is accepted by both: remove one"
    )]
    TwoMiddlewares {
        /// The name of the router, with its provider.
        router: String,
        /// The name of one middleware, with its provider.
        first: String,
        /// The name of the other middleware, with its provider.
        second: String,
    },
    /// Several tenants claim one issuer.
    #[error(
        "{base} is claimed by several tenants, with the routers {routers}; nobody can log in there until one is left"
    )]
    TwoTenants {
        /// Host and path of the issuer.
        base: String,
        /// The names of the routers, with their providers.
        routers: String,
    },
    /// A router without the plugin leads to a server that another router protects.
    #[error(
        "router {router} leads with {service} to a protected MCP server WITHOUT the plugin, so that the server stands open there: add mcp-auth@http to its middlewares, remove it, or set BOUNCER_BARE_ROUTERS=block"
    )]
    Bare {
        /// The name of the router without the plugin, with its provider.
        router: String,
        /// The name of the service that it leads to, with its provider.
        service: String,
    },
    /// A router without the plugin leads to a server that another router protects, and the sidecar blocks it.
    #[error(
        "router {router} leads with {service} to a protected MCP server without the plugin, and is blocked (403): remove it, or add mcp-auth@http to its middlewares"
    )]
    Blocked {
        /// The name of the blocked router, with its provider.
        router: String,
        /// The name of the service that it leads to, with its provider.
        service: String,
    },
}

impl Problem {
    /// The reason code, for metrics and logs.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Api { .. } => Reason::TraefikApi,
            Self::OldTraefik(_) => Reason::TraefikOld,
            Self::Rule { .. } => Reason::RuleUnreadable,
            Self::RuleSyntax(_) => Reason::RuleSyntaxV2,
            Self::Path { .. } => Reason::RulePath,
            Self::Hosts(_) => Reason::RuleHosts,
            Self::OtherPath { .. } => Reason::PathMismatch,
            Self::Conditions { .. } => Reason::RuleConditions,
            Self::Options { .. } => Reason::OptionsRefused,
            Self::TwoMiddlewares { .. } => Reason::TwoMiddlewares,
            Self::TwoTenants { .. } => Reason::TwoTenants,
            Self::Bare { .. } => Reason::BareRouter,
            Self::Blocked { .. } => Reason::BareRouterBlocked,
        }
    }

    /// Returns the problem of a router whose rule cannot be read.
    pub(super) fn rule(router: &str, error: &RuleError) -> Self {
        Self::Rule { router: router.to_owned(), error: error.to_string() }
    }

    /// Returns the problem of a router if the tenant's path cannot be derived from its rule.
    pub(super) fn path(router: &str, error: &PrefixError) -> Self {
        Self::Path { router: router.to_owned(), error: error.to_string() }
    }
}
