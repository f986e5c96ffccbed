//! The page that asks local users for the second factor, after the password: `GET` and `POST /oauth/second-factor`.
//!
//! Whoever has to set one up first does it here. Without the right code, a login does not get past this page, and no session
//! begins.

mod deps;
mod flow;
mod http;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use deps::Deps;

/// The route `/oauth/second-factor`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/second-factor", get(http::show).post(http::submit)).with_state(Arc::new(deps))
}
