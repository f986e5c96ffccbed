//! Makes the Docker labels for an MCP server behind the plugin, and those for the sidecar itself.
//!
//! In the short form ([`one`]) an MCP server has one router. In the long form ([`tenant`]) it has two: one for MCP, and
//! one for its OAuth and metadata paths. The first middleware of the OAuth router adds the route proof to each request.
//! The labels set priorities, which are higher for paths with more segments, because a tenant without a path may share
//! its host with tenants that have one.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use protocol::traefik::OAuthPaths;
use protocol::uri::Base;

/// The tenant whose labels are wanted.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// The public host name, optionally with a port.
    pub host: String,
    /// The path below which the MCP server is served, such as `/wiki`; empty if it has the whole host.
    pub path: String,
    /// The tenant's name (the plugin's option `resource`).
    pub resource: String,
    /// `local`, or the issuer of an OpenID provider.
    pub provider_issuer: String,
    /// The client ID at that issuer; required unless `provider_issuer` is `local`.
    pub client_id: Option<String>,
    /// The name of the MCP router, with which the other names begin; `None` means the tenant's name.
    pub name: Option<String>,
}

/// Why the labels cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// The host or the path cannot be part of a URL.
    #[error("{0:?} is not a valid host and path of a URL")]
    Base(String),
    /// The router name is empty, or contains something other than ASCII letters, digits and dashes.
    #[error("{0:?} cannot be a router name: use letters, digits and dashes")]
    Name(String),
    /// The client ID for an OpenID provider is missing.
    #[error("an OpenID provider needs --client-id")]
    ClientId,
    /// A value contains a control character. A line break, for example, would start a new label.
    #[error("a value must not contain control characters")]
    Control,
}

/// Returns the labels of an MCP server in the short form: the rule of the server's router, and one label that puts the
/// plugin in front of that router. Traefik gets all other configuration from the sidecar, which is its HTTP provider.
pub fn one(host: &str, path: &str, name: Option<&str>) -> Result<String, LabelError> {
    let base = Base::parse(&format!("https://{host}{path}"))
        .map_err(|_| LabelError::Base(format!("{host}{path}")))?;
    let first = base.host().split('.').next().unwrap_or_default();
    let name = router_name(name.unwrap_or(first))?;
    let (rule, _) = rules(base.host(), base.path());
    Ok(format!(
        "# labels of the MCP server's container; its endpoint is {}\n\
         traefik.enable=true\n\
         traefik.http.routers.{name}.rule={rule}\n\
         traefik.http.routers.{name}.middlewares=mcp-auth@http\n",
        base.join("/mcp")
    ))
}

/// Returns the labels for the container of a tenant's MCP server in the long form: both routers and the plugin's
/// options.
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
        option("clientSecret", "<the secret that the provider issued for this client>");
        line(format!("# register this callback at the provider: {}", base.join("/oauth/callback")));
    }
    out.push_str(HARDENING);
    out.push_str(WARNING);
    if !path.is_empty() {
        out.push_str(STRIP_PREFIX);
    }
    Ok(out)
}

/// Returns the labels for the sidecar's container. They are needed once, not for each tenant.
pub const fn sidecar() -> &'static str {
    SIDECAR
}

/// Returns the rule of the MCP router and that of the OAuth router.
fn rules(host: &str, path: &str) -> (String, String) {
    let oauth = format!("Host(`{host}`) && ({})", OAuthPaths::of(path).alternatives());
    let mcp = if path.is_empty() {
        format!("Host(`{host}`)")
    } else {
        // `PathPrefix` alone compares strings: `/wiki` would match `/wikipedia`.
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
# this rule matches nothing; it only keeps Traefik from creating a default router
traefik.http.routers.mcpbouncer.rule=Host(`mcpbouncer.invalid`)
traefik.http.middlewares.mcpb-route.plugin.mcpbouncer.role=route
traefik.http.middlewares.mcpb-cors.headers.customresponseheaders.Access-Control-Allow-Origin=*
traefik.http.middlewares.mcpb-cors.headers.customresponseheaders.Access-Control-Expose-Headers=WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-Id, Retry-After
";

const HARDENING: &str = "\
#
# recommended in Traefik's static configuration, for each entry point:
#   entryPoints.<name>.http.encodedCharacters.allowEncodedSlash: false
# only for Traefik 3.7.12 and later; older versions do not start with this option:
#   entryPoints.<name>.http.aliasHeadersStrategy: delete
";

const WARNING: &str = "\
#
# WARNING: no router without the plugin may reach this MCP server. Traefik drops a router whose plugin
# fails to load, and a less specific router would then serve the MCP server without authentication. Do not
# publish the container's port, and give it no other router.
";

const STRIP_PREFIX: &str = "\
# If a stripPrefix middleware is needed, put it after the plugin.
";
