//! What Traefik's API says, as far as it is used here. Members that are not known are ignored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::names::qualified;

/// Everything that a plan follows from.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    pub(super) version: String,
    pub(super) routers: Vec<Router>,
    pub(super) middlewares: Vec<Middleware>,
    pub(super) services: Vec<Service>,
}

/// `/api/version`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Version {
    #[serde(rename = "Version")]
    pub(super) version: String,
}

/// `/api/http/routers`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Router {
    /// Qualified by the provider.
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
    /// The one in force: where none was given, the length of the rule.
    #[serde(default)]
    pub(super) priority: i64,
    pub(super) tls: Option<Tls>,
}

/// TLS of a router, which its OAuth router gets too.
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

/// `/api/http/middlewares`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Middleware {
    pub(super) name: String,
    pub(super) provider: String,
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    pub(super) chain: Option<Chain>,
    /// Options by the name that the static configuration gives the plugin.
    pub(super) plugin: Option<BTreeMap<String, Value>>,
}

/// A middleware made of others.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Chain {
    #[serde(default)]
    pub(super) middlewares: Vec<String>,
}

/// `/api/http/services`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) provider: String,
    #[serde(default)]
    pub(super) status: String,
}

impl Router {
    /// The service that it leads to, qualified.
    pub(super) fn qualified_service(&self) -> String {
        qualified(&self.service, &self.provider)
    }

    /// Its TLS for a router of another provider: options are named with their provider.
    pub(super) fn tls_elsewhere(&self) -> Option<Tls> {
        let mut tls = self.tls.clone()?;
        // Traefik knows `default` without a provider.
        if !tls.options.is_empty() && tls.options != "default" {
            tls.options = qualified(&tls.options, &self.provider);
        }
        Some(tls)
    }
}
