//! Finds out what the requests of a router can reach: services, the services to which those pass requests, and servers.
//!
//! Names alone do not show this: Traefik makes a separate service for each rule of an `HTTPRoute`; and for the same
//! Service of Kubernetes, an Ingress and an `IngressRoute` have Traefik services with different names. Their servers
//! are the same.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use crate::traefik::names::qualified;
use crate::traefik::view::{Router, Service, View};

/// A service or a server that a request can reach.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A service: its name with its provider.
    Service(String),
    /// A server: host and port.
    Server(String),
}

/// The services of a Traefik. Each key is a name with its provider.
pub(super) struct Services<'a>(BTreeMap<&'a str, &'a Service>);

impl<'a> Services<'a> {
    pub(super) fn read(view: &'a View) -> Self {
        Self(view.services.iter().map(|service| (service.name.as_str(), service)).collect())
    }

    /// Returns everything that a request of this router may reach.
    pub(super) fn reached(&self, router: &Router) -> BTreeSet<Place> {
        let mut reached = BTreeSet::new();
        let mut next = vec![router.qualified_service()];
        while let Some(name) = next.pop() {
            // Each service is entered once, even if services name each other in a circle.
            if !reached.insert(Place::Service(name.clone())) {
                continue;
            }
            let Some(service) = self.0.get(name.as_str()) else { continue };
            reached.extend(service.servers().filter_map(address).map(Place::Server));
            next.extend(service.below().map(|below| qualified(below, &service.provider)));
        }
        reached
    }
}

/// Returns host and port of a server. The path in its URL is ignored, because the server is the same.
fn address(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}
