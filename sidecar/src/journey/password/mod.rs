//! The local sign-in page: `GET` and `POST /oauth/login`.
//!
//! Only for tenants with local users. They type their name and password, or present a passkey. A live session of the
//! browser may stand for the password. If a second factor is due, the next page asks for it.

mod deps;
mod flow;
mod http;
mod passkey;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use deps::Deps;

/// The route `/oauth/login`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/login", get(http::show).post(http::submit)).with_state(Arc::new(deps))
}
