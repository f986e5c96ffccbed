//! The page on which local users change how they sign in: `GET` and `POST /oauth/account`.
//!
//! It needs a session. Without one, the browser is sent to sign in, by a login that no client asked for, and comes back.
//! Users of an identity provider change their password there, so they are led to their connections.

mod deps;
mod flow;
mod form;
mod http;
mod passkey;
mod password;
mod proof;
mod second_factor;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use deps::Deps;

/// The route `/oauth/account`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/account", get(http::show).post(http::submit)).with_state(Arc::new(deps))
}
