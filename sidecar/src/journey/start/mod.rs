//! Where a login begins: `GET` and `POST /oauth/authorize` (RFC 6749 §3.1, §4.1.1; RFC 7636; RFC 8707;
//! RFC 9207).
//!
//! What is wrong before the client's redirect URI is known to be its own ends on a plain page; what is
//! wrong afterwards goes back to the client. If all is right, a login record is made, bound to this
//! browser, and the browser goes to the login page or the approval page.

mod deps;
mod flow;
mod http;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use deps::Deps;

/// `/oauth/authorize`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/authorize", get(http::begin).post(http::begin)).with_state(Arc::new(deps))
}
