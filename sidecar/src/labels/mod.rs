//! Prints the Docker labels that put one MCP server behind the plugin, and those of the sidecar itself.
//!
//! Two routers to a tenant: the MCP one, and one for its OAuth and discovery paths, whose first
//! middleware proves the route. Priorities are explicit, deeper bases first, because a host-only tenant
//! and path tenants may share a host.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use protocol::traefik::OAuthPaths;
use protocol::uri::Base;

/// What the labels are to be for.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Public host name, perhaps with a port.
    pub host: String,
    /// `""` for the whole host, else the path the MCP server is served below, such as `/wiki`.
    pub path: String,
    /// The tenant's name.
    pub resource: String,
    /// `local` or an OpenID issuer.
    pub provider_issuer: String,
    /// Our client id at that issuer.
    pub client_id: Option<String>,
    /// Name of the routers; the resource's name if absent.
    pub name: Option<String>,
}

/// Why no labels can be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Host or path are no part of a URL.
    #[error("{0:?} is not a host and path that can stand in a URL")]
    Base(String),
    /// A router name with characters Traefik does not take.
    #[error("{0:?} cannot be a router name: use letters, digits and dashes")]
    Name(String),
    /// An OpenID provider needs a client id.
    #[error("an OpenID provider needs --client-id")]
    ClientId,
    /// A line break in a value would begin a new label.
    #[error("a value must not hold control characters")]
    Control,
}

/// The labels of one tenant, for the container of its MCP server.
pub fn tenant(wanted: &Tenant) -> Result<String, LabelError> {
    let base = Base::parse(&format!("https://{}{}", wanted.host, wanted.path))
        .map_err(|_| LabelError::Base(format!("{}{}", wanted.host, wanted.path)))?;
    let values = [&wanted.resource, &wanted.provider_issuer];
    if values.into_iter().chain(&wanted.client_id).any(|text| text.chars().any(char::is_control)) {
        return Err(LabelError::Control);
    }
    let name = router_name(wanted.name.as_deref().unwrap_or(&wanted.resource))?;
    let (host, path) = (base.host(), base.path());
    let (mcp_rule, oauth_rule) = rules(host, path);
    let depth = path.split('/').filter(|segment| !segment.is_empty()).count();
    let priority = 1000 + 20 * depth;
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line(format!("# labels of the MCP server's container; its endpoint is {}", base.join("/mcp")));
    line("traefik.enable=true".into());
    line(format!("traefik.http.routers.{name}.rule={mcp_rule}"));
    line(format!("traefik.http.routers.{name}.priority={priority}"));
    line(format!("traefik.http.routers.{name}.middlewares=mcpb-cors,{name}-mcp"));
    line(format!("traefik.http.routers.{name}-oauth.rule={oauth_rule}"));
    line(format!("traefik.http.routers.{name}-oauth.priority={}", priority + 10));
    line(format!("traefik.http.routers.{name}-oauth.service=mcpbouncer"));
    line(format!("traefik.http.routers.{name}-oauth.middlewares=mcpb-route,{name}-mcp"));
    let mut option = |key: &str, value: &str| {
        line(format!("traefik.http.middlewares.{name}-mcp.plugin.mcpbouncer.{key}={value}"));
    };
    option("resource", &wanted.resource);
    option("pathPrefix", path);
    option("providerIssuer", &wanted.provider_issuer);
    if wanted.provider_issuer != "local" {
        let client_id = wanted.client_id.as_deref().ok_or(LabelError::ClientId)?;
        option("clientID", client_id);
        option("clientSecret", "<the secret the provider gave for this client>");
        line(format!("# register this callback at the provider: {}", base.join("/oauth/callback")));
    }
    out.push_str(HARDENING);
    out.push_str(WARNING);
    if !path.is_empty() {
        out.push_str(STRIP_PREFIX);
    }
    Ok(out)
}

/// The labels beside the sidecar, needed once.
pub const fn sidecar() -> &'static str {
    SIDECAR
}

/// The rules of the MCP router and of the OAuth router.
fn rules(host: &str, path: &str) -> (String, String) {
    let oauth = format!("Host(`{host}`) && ({})", OAuthPaths::of(path).alternatives());
    let mcp = if path.is_empty() {
        format!("Host(`{host}`)")
    } else {
        // PathPrefix alone is a plain string prefix: /wiki would match /wikipedia.
        format!("Host(`{host}`) && (Path(`{path}`) || PathPrefix(`{path}/`))")
    };
    (mcp, oauth)
}

fn router_name(text: &str) -> Result<String, LabelError> {
    let name = text.to_ascii_lowercase();
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !name.is_empty() && name.chars().all(good) { Ok(name) } else { Err(LabelError::Name(text.to_owned())) }
}

const SIDECAR: &str = "\
# labels of the sidecar's container
traefik.enable=true
traefik.http.services.mcpbouncer.loadbalancer.server.port=8080
# this rule matches nothing; it only keeps Traefik from making a router of its own
traefik.http.routers.mcpbouncer.rule=Host(`mcpbouncer.invalid`)
traefik.http.middlewares.mcpb-route.plugin.mcpbouncer.role=route
traefik.http.middlewares.mcpb-cors.headers.customresponseheaders.Access-Control-Allow-Origin=*
traefik.http.middlewares.mcpb-cors.headers.customresponseheaders.Access-Control-Expose-Headers=WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-Id, Retry-After
";

const HARDENING: &str = "\
#
# advised in Traefik's static configuration, for each entry point:
#   entryPoints.<name>.http.encodedCharacters.allowEncodedSlash: false
# Traefik 3.7.12 and later only, an older one does not start with it:
#   entryPoints.<name>.http.aliasHeadersStrategy: delete
";

const WARNING: &str = "\
#
# WARNING: no router without the plugin may reach this MCP server. Traefik drops a router whose plugin
# does not build, and a wider router would then serve the MCP server without authentication. Do not
# publish the container's port, and give it no other router.
";

const STRIP_PREFIX: &str = "\
# If a stripPrefix middleware is needed, put it after the plugin.
";
