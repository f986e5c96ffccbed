//! `GET /traefik`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use protocol::resource::options::PluginEnvironment;
use tokio::sync::Semaphore;
use url::Host;

use super::api;
use super::configuration::{Sidecar, configuration};
use super::deps::Deps;
use super::plan::plan;
use super::planned::Rules;
use super::problem::Problem;
use crate::listen::Peer;
use crate::wire::headers::single;

/// The maximum number of polls that are served at the same time. Each of them reads all lists of a Traefik's API.
const AT_ONCE: usize = 4;

struct Service {
    deps: Deps,
    permits: Semaphore,
}

/// The route `/traefik`, for the operations listener.
pub fn routes(deps: Deps) -> Router {
    let service = Service { deps, permits: Semaphore::new(AT_ONCE) };
    Router::new().route("/traefik", get(poll)).with_state(Arc::new(service))
}

/// Responds with dynamic configuration for the Traefik that polls. If Traefik's API cannot be read, responds 503, and
/// Traefik keeps its configuration.
async fn poll(
    State(service): State<Arc<Service>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let Service { deps, permits } = &*service;
    let Some(host) = host(&headers) else {
        return (StatusCode::BAD_REQUEST, "Host is missing or cannot be read\n").into_response();
    };
    let Ok(_permit) = permits.try_acquire() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many polls at once\n").into_response();
    };
    let Some(address) = deps.api.address(peer.0) else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the address of Traefik's API is not known\n")
            .into_response();
    };
    let view = match api::read(&deps.http, &address).await {
        Ok(view) => view,
        Err(error) => {
            let problem = Problem::Api { api: address.to_string(), detail: error.to_string() };
            deps.reports.unreadable(&deps.journal, (peer.0, deps.clock.now()), problem);
            return (StatusCode::SERVICE_UNAVAILABLE, "Traefik's API cannot be read\n").into_response();
        }
    };
    let environment =
        PluginEnvironment { plugin_key: deps.plugin_key.expose(), trust_anchor: &deps.trust_anchor };
    let plan = plan(&view, Rules { plugin: &deps.plugin, environment, block: deps.block });
    let sidecar = Sidecar {
        host: &host,
        port: deps.port,
        plugin: &deps.plugin,
        revocation_file: deps.revocation_file,
        personal_days: deps.personal_days,
        client_ip_depth: deps.client_ip_depth,
    };
    let body = serde_json::to_string(&configuration(&view, &plan, &sidecar));
    deps.reports.update(&deps.journal, (peer.0, deps.clock.now()), plan.problems);
    let Ok(body) = body else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the configuration cannot be written\n").into_response();
    };
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, body).into_response()
}

/// Returns the host of the `Host` header without the port: Traefik reaches the sidecar at this host. `None` if it is
/// not a valid host name or IP address, because it becomes part of a URL.
fn host(headers: &HeaderMap) -> Option<String> {
    let authority = single(headers, &header::HOST)?;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b));
    Host::parse(host).ok().filter(|_| plain).map(|host| host.to_string())
}
