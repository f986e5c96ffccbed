//! The authorization endpoint, which starts a login: `GET` and `POST /oauth/authorize` (RFC 6749 §3.1, §4.1.1; RFC
//! 7636; RFC 8707; RFC 9207).
//!
//! An error found before the client's redirect URI has been validated is shown on a plain page; a later one is sent to
//! the client. If the request is valid, a login record is stored, bound to this browser, and the browser is sent to the
//! sign-in page or the consent page.

mod deps;
mod flow;
mod http;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use deps::Deps;

/// The route `/oauth/authorize`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/authorize", get(http::begin).post(http::begin)).with_state(Arc::new(deps))
}
