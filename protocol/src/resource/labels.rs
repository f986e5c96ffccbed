//! Traefik labels for the router that leads a tenant's OAuth paths to the sidecar.

use crate::uri::Base;

/// The three discovery names, as a regular expression.
const WELL_KNOWN: &str = "(oauth-protected-resource|oauth-authorization-server|openid-configuration)";

/// The rule of a tenant's OAuth router. A tenant without a path has the host to itself.
pub fn oauth_router_rule(base: &Base) -> String {
    let (host, path) = (base.host(), base.path());
    let paths = if base.is_host_only() {
        [r"PathPrefix(`/oauth/`) || PathRegexp(`^/\.well-known/", WELL_KNOWN, r"(/.*)?\z`)"].concat()
    } else {
        let escaped = escape(path);
        [
            "PathPrefix(`",
            path,
            "/oauth/`) || PathRegexp(`^(",
            &escaped,
            r"/\.well-known/",
            WELL_KNOWN,
            r"|/\.well-known/",
            WELL_KNOWN,
            &escaped,
            r"(/.*)?)\z`)",
        ]
        .concat()
    };
    ["Host(`", host, "`) && (", &paths, ")"].concat()
}

/// The labels of a tenant's OAuth router in one line, for the log. `name` is the tenant's.
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

/// Escapes the operators of regular expressions.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if !c.is_ascii_alphanumeric() && !matches!(c, '/' | '-' | '_' | '~' | '%') {
            out.push('\\');
        }
        out.push(c);
    }
    out
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
