//! Client registration (RFC 7591) at `/oauth/register`.
//!
//! Open, unless an initial access token is set. Public clients are idempotent: the same metadata at the same
//! tenant is the same client. Confidential ones are always new, and their secret is shown once.

mod deps;
mod error;
mod manage;
mod register;
mod response;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub use deps::Deps;

/// `/oauth/register`, and a registered client's own endpoint.
pub fn routes(deps: Deps) -> Router {
    Router::new()
        .route("/oauth/register", post(register::register))
        .route("/oauth/registered-client", get(manage::read).put(manage::update).delete(manage::remove))
        .with_state(Arc::new(deps))
}
