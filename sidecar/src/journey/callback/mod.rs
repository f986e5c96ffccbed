//! The redirect endpoint for identity providers: `GET /oauth/callback` (OpenID Connect Core 1.0 §3.1.2.5, RFC 6749
//! §4.1.2, RFC 9207 §2.4).
//!
//! Only the browser that approved the request can complete the login, and only once.

mod deps;
mod flow;
mod http;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use deps::Deps;

/// The route `/oauth/callback`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/callback", get(http::arrive)).with_state(Arc::new(deps))
}
