//! Tenants with a path that share one middleware, and which of them a request is for.

use super::route::below_discovery_name;
use crate::uri::{Base, path_is_at_or_below};

/// Hosts with paths, such as `mcp.example.com` with `/wiki`: each is a tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TenantPaths(Vec<Base>);

impl TenantPaths {
    /// Parses entries such as `mcp.example.com/wiki`. Returns `None` if an entry has no path, has a port, or is not
    /// valid in a base URL.
    pub(super) fn parse(entries: &[String]) -> Option<Self> {
        let mut paths = Vec::new();
        for text in entries {
            let base = Base::parse(&["https://", text].concat()).ok()?;
            if base.is_host_only() || base.port().is_some() {
                return None;
            }
            paths.push(base);
        }
        Some(Self(paths))
    }

    /// The path of the tenant that a request is for. If several tenants of the host match, it is the longest path; if
    /// none matches, it is empty.
    ///
    /// The path of a metadata document contains the tenant's path after the well-known name, such as
    /// `/.well-known/oauth-protected-resource/wiki` for `/wiki` (RFC 8414 §3.1, RFC 9728 §3.1).
    pub(super) fn of_request(&self, host: &str, path: &str) -> &str {
        let named = below_discovery_name(path).unwrap_or(path);
        let mut deepest = "";
        for entry in &self.0 {
            let path = entry.path();
            if path.len() > deepest.len() && entry.host() == host && path_is_at_or_below(named, path) {
                deepest = path;
            }
        }
        deepest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(list: &[&str]) -> Option<TenantPaths> {
        TenantPaths::parse(&list.iter().map(|&entry| entry.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_deepest_tenant_of_the_host_is_found() {
        let paths = paths(&["H.example/wiki", "h.example/wiki/deep/", "other.example/docs"]).unwrap();
        for (host, path, found) in [
            ("h.example", "/wiki", "/wiki"),
            ("h.example", "/wiki/mcp", "/wiki"),
            ("h.example", "/wiki/oauth/token", "/wiki"),
            ("h.example", "/wiki/deep/mcp", "/wiki/deep"),
            ("h.example", "/wiki/deeper", "/wiki"),
            ("h.example", "/wikipedia", ""),
            ("h.example", "/docs", ""),
            ("h.example", "/", ""),
            ("h.example", "/.well-known/oauth-protected-resource/wiki/mcp", "/wiki"),
            ("h.example", "/.well-known/oauth-authorization-server/wiki/deep", "/wiki/deep"),
            ("h.example", "/.well-known/openid-configuration/wikipedia", ""),
            ("h.example", "/.well-known/oauth-protected-resource", ""),
            ("h.example", "/.well-known/other/wiki", ""),
            ("other.example", "/docs/x", "/docs"),
            ("other.example", "/wiki", ""),
            ("else.example", "/wiki", ""),
        ] {
            assert_eq!(paths.of_request(host, path), found, "{host}{path}");
        }
    }

    #[test]
    fn entries_without_path_or_with_a_port_are_refused() {
        for entry in
            ["h.example", "h.example/", "h.example:8443/wiki", "/wiki", "h.example/a?b", "h example/a"]
        {
            assert_eq!(paths(&[entry]), None, "{entry}");
        }
    }
}
