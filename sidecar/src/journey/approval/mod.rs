//! The consent page: `GET` and `POST /oauth/consent`.
//!
//! The consent page is shown at every authorization, for every client, because registration is open and all clients
//! share this server's one client at the provider (MCP authorization, "confused deputy"). For local users it follows
//! the password and leads to a code; with a provider it precedes the redirect to the provider.

mod deps;
mod flow;
mod http;
mod question;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use deps::Deps;

/// The route `/oauth/consent`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/consent", get(http::show).post(http::submit)).with_state(Arc::new(deps))
}
