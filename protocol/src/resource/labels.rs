//! Traefik labels for the router that forwards requests for a tenant's OAuth paths to the sidecar.

use crate::traefik::OAuthPaths;
use crate::uri::Base;

/// The rule of a tenant's OAuth router. A tenant without a path gets all metadata documents of the host.
pub fn oauth_router_rule(base: &Base) -> String {
    let paths = OAuthPaths::of(base.path()).alternatives();
    ["Host(`", base.host(), "`) && (", &paths, ")"].concat()
}

/// The labels of a tenant's OAuth router in one line, for the log. `name` is the tenant's name.
pub fn oauth_router_labels(base: &Base, name: &str) -> String {
    let router = ["traefik.http.routers.", name, "-oauth."].concat();
    [
        &router,
        "rule=",
        &oauth_router_rule(base),
        " ",
        &router,
        "service=mcpbouncer ",
        &router,
        "middlewares=mcpb-route,",
        name,
        "-mcp",
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_those_of_the_documentation() {
        let rule = |text: &str| oauth_router_rule(&Base::parse(text).unwrap());
        assert_eq!(
            rule("https://wiki.example.com"),
            r"Host(`wiki.example.com`) && (PathPrefix(`/oauth/`) || PathRegexp(`^/\.well-known/(oauth-protected-resource|oauth-authorization-server|openid-configuration)(/.*)?\z`))"
        );
        assert_eq!(
            rule("https://mcp.example.com/team.a/wiki"),
            r"Host(`mcp.example.com`) && (PathPrefix(`/team.a/wiki/oauth/`) || PathRegexp(`^(/team\.a/wiki/\.well-known/(oauth-protected-resource|oauth-authorization-server|openid-configuration)|/\.well-known/(oauth-protected-resource|oauth-authorization-server|openid-configuration)/team\.a/wiki(/.*)?)\z`))"
        );
    }

    #[test]
    fn the_log_line_names_router_service_and_middlewares() {
        let labels = oauth_router_labels(&Base::parse("https://h").unwrap(), "wiki");
        assert!(labels.contains("traefik.http.routers.wiki-oauth.service=mcpbouncer "));
        assert!(labels.ends_with("traefik.http.routers.wiki-oauth.middlewares=mcpb-route,wiki-mcp"));
    }
}
