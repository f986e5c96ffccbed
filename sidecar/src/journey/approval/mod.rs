//! The consent page: `GET` and `POST /oauth/consent`.
//!
//! Asked at every authorization, whatever the client, because registration is open and our own client at
//! the provider is one for all (MCP authorization, "confused deputy"). For local users it comes after
//! the password and ends in a code; for a provider it comes before the browser is sent there.

mod deps;
mod flow;
mod http;
mod question;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use deps::Deps;

/// `/oauth/consent`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/consent", get(http::show).post(http::submit)).with_state(Arc::new(deps))
}
