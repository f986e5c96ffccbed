//! Reasons about Traefik's routers.

macro_rules! rows {
    ($next:ident $(, $more:ident)*; $($before:tt)*) => {
        $next! { $($more),*; $($before)*
        TraefikApi, "traefik_api", Fault,
            "Traefik's API cannot be read.",
            "Enable the API on a port that is not published, or set `BOUNCER_TRAEFIK_API`.";
        TraefikOld, "traefik_old", Fault,
            "This Traefik lacks fixes that the plugin relies on.",
            "Update Traefik.";
        RuleUnreadable, "rule_unreadable", Fault,
            "The rule of a router cannot be read, so nobody can log in there.",
            "Correct the rule.";
        RuleSyntaxV2, "rule_syntax_v2", Fault,
            "A router uses ruleSyntax v2.",
            "Write the rule for v3.";
        RulePath, "rule_path", Fault,
            "The path of a tenant cannot be derived from the rule.",
            "Write the rule with one PathPrefix, or set the option pathPrefix.";
        RuleHosts, "rule_hosts", Fault,
            "A rule does not name its hosts.",
            "Write Host(`wiki.example.com`).";
        PathMismatch, "path_mismatch", Fault,
            "The paths of a router and of its tenant differ.",
            "Make pathPrefix the same.";
        RuleConditions, "rule_conditions", Fault,
            "A rule has conditions that a browser may not meet.",
            "Remove them from the rule, or write the OAuth router by hand.";
        OptionsRefused, "options_refused", Fault,
            "The plugin does not accept the options of a middleware.",
            "Correct the option that the log line names.";
        TwoMiddlewares, "two_middlewares", Fault,
            "A router has the middlewares of two tenants.",
            "Remove one.";
        TwoTenants, "two_tenants", Fault,
            "Several tenants claim one issuer.",
            "Keep one of the routers that the log line names.";
        BareRouter, "bare_router", Fault,
            "A router leads to a protected server WITHOUT the plugin: it stands open.",
            "Add `mcp-auth@http` to its middlewares, remove it, or set `BOUNCER_BARE_ROUTERS=block`.";
        BareRouterBlocked, "bare_router_blocked", Fault,
            "A router without the plugin leads to a protected server, and is blocked.",
            "Remove it, or add `mcp-auth@http` to its middlewares.";
        }
    };
}
pub(super) use rows;
