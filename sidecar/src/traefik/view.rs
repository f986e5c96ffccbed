//! The part of the responses of Traefik's API that the sidecar uses. Unknown members are ignored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::names::qualified;

/// Everything in Traefik's API that a plan depends on.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    pub(super) version: String,
    pub(super) routers: Vec<Router>,
    pub(super) middlewares: Vec<Middleware>,
    pub(super) services: Vec<Service>,
}

/// The response of `/api/version`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Version {
    #[serde(rename = "Version")]
    pub(super) version: String,
}

/// An entry of `/api/http/routers`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Router {
    /// The name with its provider, such as `wiki@docker`.
    pub(super) name: String,
    pub(super) provider: String,
    #[serde(default)]
    pub(super) rule: String,
    #[serde(default)]
    pub(super) rule_syntax: String,
    #[serde(default)]
    pub(super) service: String,
    #[serde(default)]
    pub(super) middlewares: Vec<String>,
    #[serde(default)]
    pub(super) entry_points: Vec<String>,
    /// The priority that Traefik uses: the configured one or, by default, the length of the rule.
    #[serde(default)]
    pub(super) priority: i64,
    pub(super) tls: Option<Tls>,
}

/// The TLS settings of a router. The router that the sidecar writes for it gets the same settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tls {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) options: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) cert_resolver: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) domains: Vec<Domain>,
}

/// A domain of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Domain {
    #[serde(default)]
    main: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sans: Vec<String>,
}

/// An entry of `/api/http/middlewares`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Middleware {
    pub(super) name: String,
    pub(super) provider: String,
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    pub(super) chain: Option<Chain>,
    /// The options of a plugin. The key is the name that the static configuration gives the plugin.
    pub(super) plugin: Option<BTreeMap<String, Value>>,
}

/// A middleware that runs other middlewares.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Chain {
    #[serde(default)]
    pub(super) middlewares: Vec<String>,
}

/// An entry of `/api/http/services`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) provider: String,
    #[serde(default)]
    pub(super) status: String,
    load_balancer: Option<LoadBalancer>,
    weighted: Option<Shares>,
    highest_random_weight: Option<Shares>,
    mirroring: Option<Mirroring>,
    failover: Option<Failover>,
}

/// Servers among which the requests are distributed.
#[derive(Debug, Clone, Deserialize)]
struct LoadBalancer {
    servers: Option<Vec<Server>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Server {
    url: Option<String>,
}

/// Services among which the requests are distributed.
#[derive(Debug, Clone, Deserialize)]
struct Shares {
    services: Option<Vec<Named>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Named {
    name: String,
}

/// A service, and other services that get a copy of each request.
#[derive(Debug, Clone, Deserialize)]
struct Mirroring {
    service: Option<String>,
    mirrors: Option<Vec<Named>>,
}

/// A service, and another one that takes over while the first is down.
#[derive(Debug, Clone, Deserialize)]
struct Failover {
    service: Option<String>,
    fallback: Option<String>,
}

impl Service {
    /// Returns the URLs of the service's servers.
    pub(super) fn servers(&self) -> impl Iterator<Item = &str> {
        let servers = self.load_balancer.iter().filter_map(|balancer| balancer.servers.as_deref()).flatten();
        servers.filter_map(|server| server.url.as_deref())
    }

    /// Returns the names of the services to which this service passes requests.
    pub(super) fn below(&self) -> impl Iterator<Item = &str> {
        let kinds = [&self.weighted, &self.highest_random_weight].into_iter().flatten();
        let shares = kinds.filter_map(|shares| shares.services.as_deref());
        let mirrors = self.mirroring.iter().filter_map(|mirroring| mirroring.mirrors.as_deref());
        let named = shares.chain(mirrors).flatten().map(|named| named.name.as_str());
        let mirrored = self.mirroring.iter().filter_map(|mirroring| mirroring.service.as_deref());
        let failover = self.failover.iter().flat_map(|failover| [&failover.service, &failover.fallback]);
        named.chain(mirrored).chain(failover.filter_map(|name| name.as_deref()))
    }
}

impl Router {
    /// Returns the service that the router leads to, with its provider.
    pub(super) fn qualified_service(&self) -> String {
        qualified(&self.service, &self.provider)
    }

    /// Returns the router's TLS settings, for use in a router of another provider. There, the name of the TLS options
    /// needs its provider.
    pub(super) fn tls_elsewhere(&self) -> Option<Tls> {
        let mut tls = self.tls.clone()?;
        // The TLS options `default` belong to no provider.
        if !tls.options.is_empty() && tls.options != "default" {
            tls.options = qualified(&tls.options, &self.provider);
        }
        Some(tls)
    }
}
