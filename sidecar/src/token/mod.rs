//! The token endpoint (RFC 6749 §3.2) at `/oauth/token`: exchanges codes, refresh tokens, a client's own credentials
//! and assertions of a provider for access tokens.
//!
//! [`dispatch`] runs the steps that all grant types share. [`authorization_code`], [`refresh_token`],
//! [`client_credentials`] and [`jwt_bearer`] implement the grant types. [`issue`] is the only place that makes access
//! tokens.

mod ask_provider;
mod authorization_code;
mod client_credentials;
mod deps;
mod direct_grant;
mod dispatch;
mod error;
mod issue;
mod jwt_bearer;
mod refresh_token;
mod resource;
mod standing;
mod upstream_token;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;

pub use deps::{Deps, Lifetimes};

use crate::edge::Ctx;
use crate::wire::Failure;
use crate::wire::form::FormBody;

/// The route `/oauth/token`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/token", post(token)).with_state(Arc::new(deps))
}

/// Handles `POST /oauth/token`.
async fn token(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response, Failure> {
    dispatch::dispatch(&deps, &ctx, &headers, &form).await
}
