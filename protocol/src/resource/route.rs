//! Decides which endpoint a path leads to. Paths are compared byte by byte: nothing is decoded, and no trailing slash
//! is added or removed.

use super::challenge::push_encoded;
use crate::context::Endpoint;
use crate::uri::{Base, ResourceUri, path_is_at_or_below};

/// The directory of metadata documents (RFC 8615).
const WELL_KNOWN: &str = "/.well-known/";

/// The three names of metadata documents. A path with one of them directly below `/.well-known/` never leads to the MCP
/// server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Discovery {
    ProtectedResource,
    AuthorizationServer,
    OpenidConfiguration,
}

impl Discovery {
    /// The name with which `text` begins, which must be a whole segment, and the rest after it.
    fn at_front(text: &str) -> Option<(Self, &str)> {
        [
            ("oauth-protected-resource", Self::ProtectedResource),
            ("oauth-authorization-server", Self::AuthorizationServer),
            ("openid-configuration", Self::OpenidConfiguration),
        ]
        .into_iter()
        .find_map(|(name, kind)| {
            let rest = text.strip_prefix(name)?;
            (rest.is_empty() || rest.starts_with('/')).then_some((kind, rest))
        })
    }
}

/// Where a path leads at a tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Route {
    /// One of the sidecar's endpoints.
    OAuth(Endpoint),
    /// The metadata of a resource (RFC 9728), which the plugin writes itself. The variant holds the resource identifier
    /// as requested.
    ResourceMetadata(String),
    /// A path below `/oauth/` at which nothing is served. It never leads to the MCP server.
    Reserved,
    /// A metadata document that this tenant does not have. It never leads to the MCP server.
    NoDocument,
    /// A path of the MCP server.
    Mcp,
    /// A path that is neither the base nor below it, or is excluded.
    Outside,
}

/// The options that decide about a path, in addition to the base.
#[derive(Clone, Copy, Debug, Default)]
pub struct RouteOptions<'a> {
    /// Whether a tenant with a path also serves authorization-server metadata at the host's root.
    pub root_metadata: bool,
    /// Paths that belong to other services or tenants, at a tenant without a path.
    pub exclude_paths: &'a [String],
}

/// Classifies a path, of which [`has_risky_path`](crate::uri::has_risky_path) must have found nothing.
pub fn classify(base: &Base, options: RouteOptions<'_>, path: &str, query: Option<&str>) -> Route {
    let excluded = |path: &str| options.exclude_paths.iter().any(|prefix| path_is_at_or_below(path, prefix));
    let Some(below) = path.strip_prefix(base.path()) else {
        return discovery(base, options, path, query, excluded);
    };
    if excluded(path) {
        return Route::Outside;
    }
    if below.starts_with("/oauth/") {
        return Endpoint::at_oauth_path(below).map_or(Route::Reserved, Route::OAuth);
    }
    if names_discovery(path) {
        return discovery(base, options, path, query, excluded);
    }
    if path_is_at_or_below(path, base.path()) { Route::Mcp } else { Route::Outside }
}

/// Whether one of the three names is directly below `/.well-known/`, anywhere in the path.
fn names_discovery(path: &str) -> bool {
    // The directory can only begin at a slash.
    let below = |(at, _)| path.get(at..).and_then(|rest| rest.strip_prefix(WELL_KNOWN));
    path.match_indices('/').filter_map(below).any(|after| Discovery::at_front(after).is_some())
}

fn discovery(
    base: &Base,
    options: RouteOptions<'_>,
    path: &str,
    query: Option<&str>,
    excluded: impl Fn(&str) -> bool,
) -> Route {
    let inserted = path.strip_prefix(WELL_KNOWN).and_then(Discovery::at_front);
    let suffixed = path
        .strip_prefix(base.path())
        .and_then(|below| below.strip_prefix(WELL_KNOWN))
        .and_then(Discovery::at_front)
        .filter(|(_, rest)| rest.is_empty());
    if let Some((kind, _)) = suffixed {
        return document(kind, base, base.path(), query);
    }
    match inserted {
        Some((_, rest)) if excluded(rest) || names_discovery(rest) => Route::NoDocument,
        Some((kind, rest)) if path_is_at_or_below(rest, base.path()) => document(kind, base, rest, query),
        Some((kind, "")) if options.root_metadata && kind != Discovery::ProtectedResource => {
            document(kind, base, "", None)
        }
        Some(_) => Route::NoDocument,
        None if names_discovery(path) => Route::NoDocument,
        None => Route::Outside,
    }
}

fn document(kind: Discovery, base: &Base, path: &str, query: Option<&str>) -> Route {
    match kind {
        Discovery::AuthorizationServer => Route::OAuth(Endpoint::AuthorizationServerMetadata),
        Discovery::OpenidConfiguration => Route::OAuth(Endpoint::OpenidConfiguration),
        Discovery::ProtectedResource => {
            let mut resource = base.origin().to_owned();
            push_encoded(&mut resource, path);
            if let Some(query) = query {
                resource.push('?');
                push_encoded(&mut resource, query);
            }
            match ResourceUri::parse(&resource) {
                Ok(_) => Route::ResourceMetadata(resource),
                Err(_) => Route::NoDocument,
            }
        }
    }
}

/// What follows the name of a metadata document at the host's root, such as `/wiki` in
/// `/.well-known/oauth-authorization-server/wiki`.
pub(super) fn below_discovery_name(path: &str) -> Option<&str> {
    path.strip_prefix(WELL_KNOWN).and_then(Discovery::at_front).map(|(_, rest)| rest)
}

/// Whether this path may belong to the OAuth router of some tenant: an endpoint below a base, or a metadata document at
/// a place where clients look for it.
pub fn looks_like_oauth(path: &str) -> bool {
    let last = |directory: &str| {
        let mut slashes = path.rmatch_indices('/').filter_map(|(at, _)| path.get(at..));
        slashes.find(|rest| rest.starts_with(directory))
    };
    let endpoint = last("/oauth/").and_then(Endpoint::at_oauth_path);
    let inserted = || path.strip_prefix(WELL_KNOWN).and_then(Discovery::at_front).is_some();
    let suffixed = || {
        let name = last(WELL_KNOWN).and_then(|rest| rest.strip_prefix(WELL_KNOWN));
        name.and_then(Discovery::at_front).is_some_and(|(_, rest)| rest.is_empty())
    };
    endpoint.is_some() || inserted() || suffixed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base: &str, path: &str) -> Route {
        let excluded = ["/other".to_owned()];
        let options = RouteOptions { root_metadata: false, exclude_paths: &excluded };
        classify(&Base::parse(base).unwrap(), options, path, None)
    }

    fn resource(uri: &str) -> Route {
        Route::ResourceMetadata(uri.to_owned())
    }

    const AS: Route = Route::OAuth(Endpoint::AuthorizationServerMetadata);
    const OIDC: Route = Route::OAuth(Endpoint::OpenidConfiguration);

    #[test]
    fn a_path_tenant() {
        for (path, route) in [
            ("/wiki", Route::Mcp),
            ("/wiki/", Route::Mcp),
            ("/wiki/mcp", Route::Mcp),
            ("/wiki/oauth", Route::Mcp),
            ("/wiki/OAuth/token", Route::Mcp),
            ("/wiki/.well-known/other", Route::Mcp),
            ("/wikipedia", Route::Outside),
            ("/wiki;x", Route::Outside),
            ("/wikioauth/token", Route::Outside),
            ("/", Route::Outside),
            ("/oauth/token", Route::Outside),
            ("/.well-known/other", Route::Outside),
            ("/wiki/oauth/token", Route::OAuth(Endpoint::Token)),
            ("/wiki/oauth/register", Route::OAuth(Endpoint::Register)),
            ("/wiki/oauth/jwks.json", Route::OAuth(Endpoint::Jwks)),
            ("/wiki/oauth/token/", Route::Reserved),
            ("/wiki/oauth/Token", Route::Reserved),
            ("/wiki/oauth/token;x", Route::Reserved),
            ("/wiki/oauth/", Route::Reserved),
            ("/wiki/oauth/userinfo", Route::OAuth(Endpoint::Userinfo)),
            ("/wiki/oauth/connections", Route::OAuth(Endpoint::Connections)),
            ("/wiki/oauth/connections/", Route::Reserved),
            ("/wiki/oauth/account", Route::OAuth(Endpoint::Account)),
            ("/wiki/oauth/account/", Route::Reserved),
            ("/wiki/oauth/second-factor", Route::OAuth(Endpoint::SecondFactor)),
            ("/wiki/oauth/connect", Route::OAuth(Endpoint::Connect)),
            ("/wiki/oauth/connect/", Route::Reserved),
            ("/wiki/oauth/registered-client", Route::Reserved),
            ("/wiki/oauth/register/", Route::Reserved),
            ("/wiki/oauth/register/a/b", Route::Reserved),
            ("/wiki/oauth/register/a%41", Route::Reserved),
            (
                "/wiki/oauth/register/A_1-b",
                Route::OAuth(Endpoint::RegisteredClient { client_id: "A_1-b".to_owned() }),
            ),
            ("/.well-known/oauth-protected-resource/wiki", resource("https://h/wiki")),
            ("/.well-known/oauth-protected-resource/wiki/mcp/", resource("https://h/wiki/mcp/")),
            ("/wiki/.well-known/oauth-protected-resource", resource("https://h/wiki")),
            ("/.well-known/oauth-protected-resource", Route::NoDocument),
            ("/.well-known/oauth-protected-resource/", Route::NoDocument),
            ("/.well-known/oauth-protected-resource/wikipedia", Route::NoDocument),
            ("/.well-known/oauth-protected-resources/wiki", Route::Outside),
            ("/.well-known/oauth-authorization-server/wiki", AS),
            ("/.well-known/oauth-authorization-server/wiki/mcp", AS),
            ("/wiki/.well-known/oauth-authorization-server", AS),
            ("/.well-known/oauth-authorization-server", Route::NoDocument),
            ("/.well-known/openid-configuration/wiki", OIDC),
            ("/wiki/.well-known/openid-configuration", OIDC),
            ("/.well-known/openid-configuration", Route::NoDocument),
            ("/wiki/mcp/.well-known/openid-configuration", Route::NoDocument),
            ("/wiki/.well-known/oauth-protected-resource/mcp", Route::NoDocument),
            ("/wiki/.well-known/.well-known/openid-configuration", Route::NoDocument),
            (
                "/.well-known/oauth-protected-resource/wiki/.well-known/openid-configuration",
                Route::NoDocument,
            ),
            ("/elsewhere/.well-known/oauth-protected-resource", Route::NoDocument),
        ] {
            assert_eq!(at("https://h/wiki", path), route, "{path}");
        }
    }

    #[test]
    fn a_host_only_tenant() {
        for (path, route) in [
            ("", Route::Mcp),
            ("/", Route::Mcp),
            ("/mcp", Route::Mcp),
            ("/.well-known/other", Route::Mcp),
            ("/oauth/token", Route::OAuth(Endpoint::Token)),
            ("/oauth/authorize", Route::OAuth(Endpoint::Authorize)),
            ("/oauth/x", Route::Reserved),
            ("/mcp/oauth/token", Route::Mcp),
            ("/other", Route::Outside),
            ("/other/mcp", Route::Outside),
            ("/other/oauth/token", Route::Outside),
            ("/otherwise", Route::Mcp),
            ("/.well-known/oauth-protected-resource", resource("https://h")),
            ("/.well-known/oauth-protected-resource/", resource("https://h/")),
            ("/.well-known/oauth-protected-resource/mcp", resource("https://h/mcp")),
            ("/.well-known/oauth-protected-resource/other/mcp", Route::NoDocument),
            ("/.well-known/oauth-authorization-server", AS),
            ("/.well-known/oauth-authorization-server/mcp", AS),
            ("/.well-known/oauth-authorization-server/other", Route::NoDocument),
            ("/.well-known/openid-configuration", OIDC),
            ("/mcp/.well-known/openid-configuration", Route::NoDocument),
        ] {
            assert_eq!(at("https://h", path), route, "{path}");
        }
    }

    #[test]
    fn root_metadata_serves_server_metadata_only() {
        let options = RouteOptions { root_metadata: true, exclude_paths: &[] };
        let at = |path| classify(&Base::parse("https://h/wiki").unwrap(), options, path, None);
        assert_eq!(at("/.well-known/oauth-authorization-server"), AS);
        assert_eq!(at("/.well-known/openid-configuration"), OIDC);
        assert_eq!(at("/.well-known/oauth-protected-resource"), Route::NoDocument);
        assert_eq!(at("/.well-known/oauth-authorization-server/else"), Route::NoDocument);
    }

    #[test]
    fn the_query_belongs_to_the_resource() {
        let route = |path, query| {
            classify(&Base::parse("https://h").unwrap(), RouteOptions::default(), path, Some(query))
        };
        let path = "/.well-known/oauth-protected-resource/mcp";
        assert_eq!(route(path, "a=b;c"), resource("https://h/mcp?a=b;c"));
        assert_eq!(route(path, "a=\"\u{e4}"), resource("https://h/mcp?a=%22%C3%A4"));
    }

    #[test]
    fn the_route_role_accepts_oauth_and_discovery_paths_only() {
        assert!(looks_like_oauth("/wiki/oauth/token"));
        assert!(looks_like_oauth("/.well-known/oauth-protected-resource/wiki"));
        assert!(looks_like_oauth("/wiki/.well-known/openid-configuration"));
        for path in [
            "/",
            "/oauth",
            "/wiki/mcp",
            "/oauth/",
            "/oauth/anything",
            "/mcp/oauth/token/",
            "/oauth/token/x",
            "/x/.well-known/openid-configuration/tail",
            "/.well-known/openid-configurations",
        ] {
            assert!(!looks_like_oauth(path), "{path}");
        }
    }
}
