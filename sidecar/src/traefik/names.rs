//! Names in Traefik: ours, and how those of others are qualified.

/// The middleware that a server names in its one label, as routers of other providers name it.
pub(super) const MCP_AUTH: &str = "mcp-auth@http";
/// Its parts, and what else the sidecar defines, within its own provider.
pub(super) const CHAIN: &str = "mcp-auth";
pub(super) const CORS: &str = "mcpb-cors";
pub(super) const TENANT: &str = "mcpb-tenant";
pub(super) const ROUTE: &str = "mcpb-route";
pub(super) const DENY: &str = "mcpb-deny";
/// The service that leads to the sidecar, and the beginning of the name of one that an operator defined.
pub(super) const SERVICE: &str = "mcpbouncer";
/// The beginnings of the names of routers that the sidecar writes.
pub(super) const OAUTH_ROUTER: &str = "mcpb-oauth-";
pub(super) const BLOCK_ROUTER: &str = "mcpb-block-";
/// Traefik's name for the provider that polls the sidecar.
const OWN_PROVIDER: &str = "http";
/// Traefik's own routers, such as that of its API.
pub(super) const INTERNAL: &str = "internal";

/// A name with its provider: `wiki@docker`. A name without one is of the provider of what names it.
pub(super) fn qualified(name: &str, provider: &str) -> String {
    if name.contains('@') { name.to_owned() } else { format!("{name}@{provider}") }
}

/// Whether the sidecar wrote this router.
pub(super) fn is_own_router(name: &str, provider: &str) -> bool {
    provider == OWN_PROVIDER && (name.starts_with(OAUTH_ROUTER) || name.starts_with(BLOCK_ROUTER))
}

/// A qualified name in characters that a router's name may have.
pub(super) fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect()
}
