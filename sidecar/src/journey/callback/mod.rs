//! Where the provider sends the browser back: `GET /oauth/callback`.
//!
//! OpenID Connect Core 1.0 §3.1.2.5, RFC 6749 §4.1.2, RFC 9207 §2.4. Only the browser that approved gets
//! further, once.

mod deps;
mod flow;
mod http;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use deps::Deps;

/// `/oauth/callback`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/callback", get(http::arrive)).with_state(Arc::new(deps))
}
