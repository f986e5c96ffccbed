//! The names that the sidecar uses in Traefik, and names with their provider.

/// The shared middleware, as routers of other providers name it: an MCP server needs only this one label.
pub(super) const MCP_AUTH: &str = "mcp-auth@http";
/// The shared middleware within the sidecar's own provider: a chain of the next two.
pub(super) const CHAIN: &str = "mcp-auth";
/// Adds the headers by which pages of other origins may read a response.
pub(super) const CORS: &str = "mcpb-cors";
/// The plugin for the tenants.
pub(super) const TENANT: &str = "mcpb-tenant";
/// Tries another sidecar if one cannot be connected to.
pub(super) const RETRY: &str = "mcpb-retry";
/// The plugin with `role=route`, for OAuth routers.
pub(super) const ROUTE: &str = "mcpb-route";
/// Refuses every request.
pub(super) const DENY: &str = "mcpb-deny";
/// The name of the service that leads to the sidecar. An operator can define one with this name at another provider.
pub(super) const SERVICE: &str = "mcpbouncer";
/// The beginning of the name of each OAuth router that the sidecar writes.
pub(super) const OAUTH_ROUTER: &str = "mcpb-oauth-";
/// The beginning of the name of each router that blocks another.
pub(super) const BLOCK_ROUTER: &str = "mcpb-block-";
/// Traefik's name for the provider that polls the sidecar.
const OWN_PROVIDER: &str = "http";
/// The provider of Traefik's own routers, such as the router of its API.
pub(super) const INTERNAL: &str = "internal";

/// A name with its provider: `wiki@docker`. If the name has none, `provider` is added: the provider of the router or
/// middleware in which the name stands.
pub(super) fn qualified(name: &str, provider: &str) -> String {
    if name.contains('@') { name.to_owned() } else { format!("{name}@{provider}") }
}

/// Whether the sidecar wrote this router.
pub(super) fn is_own_router(name: &str, provider: &str) -> bool {
    provider == OWN_PROVIDER && (name.starts_with(OAUTH_ROUTER) || name.starts_with(BLOCK_ROUTER))
}

/// A name with its provider, in which `-` replaces each character that a router's name must not have.
pub(super) fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect()
}
