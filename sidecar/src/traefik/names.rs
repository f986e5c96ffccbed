//! The names that the sidecar uses in Traefik, and functions for names with a provider.

/// The shared middleware, which the sidecar defines for all tenants without their own, as routers of other providers
/// name it. An MCP server needs no label but this one.
pub(super) const MCP_AUTH: &str = "mcp-auth@http";
/// The shared middleware, as the sidecar's own provider names it: a chain of [`CORS`] and [`TENANT`].
pub(super) const CHAIN: &str = "mcp-auth";
/// The middleware that adds the headers by which pages of other origins may read a response.
pub(super) const CORS: &str = "mcpb-cors";
/// The middleware that is the plugin for the tenants.
pub(super) const TENANT: &str = "mcpb-tenant";
/// The middleware that tries another sidecar if no connection to the first one can be made.
pub(super) const RETRY: &str = "mcpb-retry";
/// The middleware that is the plugin with `role=route`, for OAuth routers.
pub(super) const ROUTE: &str = "mcpb-route";
/// The middleware that refuses every request.
pub(super) const DENY: &str = "mcpb-deny";
/// The name of the service that leads to the sidecar. An operator can define a service with this name at another
/// provider.
pub(super) const SERVICE: &str = "mcpbouncer";
/// The beginning of the name of each OAuth router that the sidecar writes.
pub(super) const OAUTH_ROUTER: &str = "mcpb-oauth-";
/// The beginning of the name of each router that blocks another.
pub(super) const BLOCK_ROUTER: &str = "mcpb-block-";
/// The name that Traefik gives the provider that polls the sidecar.
const OWN_PROVIDER: &str = "http";
/// The provider of Traefik's own routers, such as the router of its API.
pub(super) const INTERNAL: &str = "internal";

/// Returns the name with its provider, such as `wiki@docker`. If the name has no provider, adds `provider`: the
/// provider of the router or middleware in which the name stands.
pub(super) fn qualified(name: &str, provider: &str) -> String {
    if name.contains('@') { name.to_owned() } else { format!("{name}@{provider}") }
}

/// Whether the sidecar wrote this router.
pub(super) fn is_own_router(name: &str, provider: &str) -> bool {
    provider == OWN_PROVIDER && (name.starts_with(OAUTH_ROUTER) || name.starts_with(BLOCK_ROUTER))
}

/// Replaces with `-` each character that a router's name must not have. `name` includes its provider.
pub(super) fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect()
}
