//! Dynamic client registration (RFC 7591) at `/oauth/register`.
//!
//! Registration is open unless an initial access token is configured. Registering a public client is idempotent: the
//! same metadata at the same tenant yields the same client. A client with credentials is always new, and its secret is
//! returned only once.

mod deps;
mod error;
mod manage;
mod register;
mod response;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub use deps::Deps;

/// The routes `/oauth/register` and, for registered clients, the client configuration endpoint.
pub fn routes(deps: Deps) -> Router {
    Router::new()
        .route("/oauth/register", post(register::register))
        .route("/oauth/registered-client", get(manage::read).put(manage::update).delete(manage::remove))
        .with_state(Arc::new(deps))
}
