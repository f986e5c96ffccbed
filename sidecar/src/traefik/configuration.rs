//! The dynamic configuration that the sidecar sends to Traefik.

use std::collections::BTreeMap;

use protocol::resource::cors::EXPOSED;
use serde::Serialize;
use serde_json::{Value, json};

use super::names::{BLOCK_ROUTER, CHAIN, CORS, DENY, OAUTH_ROUTER, RETRY, ROUTE, SERVICE, TENANT, plain};
use super::planned::{Blocked, OAuthRouter, Plan};
use super::view::{Tls, View};

/// The only address that the deny middleware allows. No request comes from this address (RFC 5737), so every request is
/// refused.
const NOBODY: &str = "192.0.2.255/32";

/// How many times Traefik tries a request. It tries again only if it could not connect.
const ATTEMPTS: u32 = 3;

/// What the configuration needs to know about the sidecar.
pub(super) struct Sidecar<'a> {
    /// The host at which Traefik reaches the sidecar, as it is written in a URL.
    pub(super) host: &'a str,
    /// The port of the OAuth listener.
    pub(super) port: u16,
    /// The name that Traefik's static configuration gives the plugin.
    pub(super) plugin: &'a str,
    /// The path at which the plugin reads the revocation list.
    pub(super) revocation_file: Option<&'a str>,
    /// The maximum lifetime of personal access tokens, in days; `None` if users may not make any, or the plugin reads
    /// no list.
    pub(super) personal_days: Option<u16>,
    /// The entry of `X-Forwarded-For`, counted from the right, that is the client's address; 0 if none is.
    pub(super) client_ip_depth: u32,
}

/// Dynamic configuration in Traefik's own form. Empty maps are left out.
#[derive(Debug, Serialize)]
pub(super) struct Configuration {
    http: Http,
}

#[derive(Debug, Serialize)]
struct Http {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    routers: BTreeMap<String, Router>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    services: BTreeMap<&'static str, Value>,
    middlewares: BTreeMap<&'static str, Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Router {
    rule: String,
    priority: i64,
    service: String,
    middlewares: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entry_points: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<Tls>,
}

/// Makes the configuration for this plan.
pub(super) fn configuration(view: &View, plan: &Plan, sidecar: &Sidecar<'_>) -> Configuration {
    let defined = defined_service(view);
    // A service that the operator defined may have several sidecars, so a retry makes sense.
    let retries = defined.is_some();
    let service = defined.clone().unwrap_or_else(|| SERVICE.to_owned());
    let oauth = named(OAUTH_ROUTER, &plan.oauth).into_iter();
    let oauth = oauth.map(|(name, router)| (name, oauth_router(router, &service, retries)));
    let blocks = named(BLOCK_ROUTER, &plan.blocked).into_iter();
    let blocks = blocks.map(|(name, router)| (name, block_router(router)));
    let mut services = BTreeMap::new();
    if defined.is_none() {
        let url = format!("http://{}:{}", sidecar.host, sidecar.port);
        services.insert(SERVICE, json!({ "loadBalancer": { "servers": [{ "url": url }] } }));
    }
    let routers = oauth.chain(blocks).collect();
    Configuration { http: Http { routers, services, middlewares: middlewares(plan, sidecar, retries) } }
}

/// Returns the name of the service for the sidecar if the operator defined one, such as `mcpbouncer@docker` with
/// several replicas.
fn defined_service(view: &View) -> Option<String> {
    let of_operator = |name: &str, provider: &str| {
        name.strip_prefix(SERVICE).is_some_and(|rest| rest.starts_with('@')) && provider != "http"
    };
    let usable = view.services.iter().filter(|service| service.status == "enabled");
    usable
        .filter(|service| of_operator(&service.name, &service.provider))
        .map(|service| service.name.clone())
        .min()
}

fn middlewares(plan: &Plan, sidecar: &Sidecar<'_>, retries: bool) -> BTreeMap<&'static str, Value> {
    let mut tenant = BTreeMap::from([("pathPrefix", json!(""))]);
    if !plan.paths.is_empty() {
        tenant.insert("paths", json!(plan.paths));
    }
    if sidecar.client_ip_depth > 0 {
        tenant.insert("clientIPDepth", json!(sidecar.client_ip_depth));
    }
    if let Some(file) = sidecar.revocation_file {
        tenant.insert("revocationFile", json!(file));
        if let Some(days) = sidecar.personal_days {
            tenant.insert("personalTokens", json!(days));
        }
    }
    let cors = json!({ "headers": { "customResponseHeaders": {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": EXPOSED,
    } } });
    let mut middlewares = BTreeMap::from([
        (CHAIN, json!({ "chain": { "middlewares": [CORS, TENANT] } })),
        (CORS, cors),
        (TENANT, json!({ "plugin": { sidecar.plugin: tenant } })),
        (ROUTE, json!({ "plugin": { sidecar.plugin: { "role": "route" } } })),
    ]);
    if retries {
        middlewares.insert(RETRY, json!({ "retry": { "attempts": ATTEMPTS } }));
    }
    if !plan.blocked.is_empty() {
        middlewares.insert(DENY, json!({ "ipAllowList": { "sourceRange": [NOBODY] } }));
    }
    middlewares
}

fn oauth_router(router: &OAuthRouter, service: &str, retries: bool) -> Router {
    let tenant = router.middleware.as_deref().unwrap_or(TENANT);
    let mut middlewares = vec![ROUTE.to_owned(), tenant.to_owned()];
    middlewares.extend(retries.then(|| RETRY.to_owned()));
    Router {
        rule: router.rule.to_string(),
        priority: router.priority,
        service: service.to_owned(),
        middlewares,
        entry_points: router.entry_points.clone(),
        tls: router.tls.clone(),
    }
}

fn block_router(router: &Blocked) -> Router {
    Router {
        rule: router.rule.clone(),
        priority: router.priority,
        service: "noop@internal".to_owned(),
        middlewares: vec![DENY.to_owned()],
        entry_points: router.entry_points.clone(),
        tls: router.tls.clone(),
    }
}

/// Names the routers that the sidecar writes. Each key is the name of a router of another provider, to which the
/// written router belongs; the written router's name is made from it. Names are unique, and the same for the same
/// input.
fn named<'a, T>(prefix: &str, routers: &'a BTreeMap<String, T>) -> BTreeMap<String, &'a T> {
    let mut named = BTreeMap::new();
    for (of, router) in routers {
        let mut name = format!("{prefix}{}", plain(of));
        // Two keys can have the same plain form, such as `a-b@c` and `a@b-c`.
        while named.contains_key(&name) {
            name.push('-');
        }
        named.insert(name, router);
    }
    named
}
