//! The token endpoint (RFC 6749 §3.2) at `/oauth/token`: codes and refresh tokens for access tokens.
//!
//! [`dispatch`] runs the phases every grant shares; [`authorization_code`] and [`refresh_token`] fill in
//! theirs; [`issue`] is the one place where an access token is made.

mod ask_provider;
mod authorization_code;
mod dispatch;
mod grant_locks;
mod issue;
mod refresh_token;
mod standing;

pub use grant_locks::GrantLocks;

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::edge::Ctx;
use crate::wire::Failure;
use crate::wire::form::FormBody;

/// `POST /oauth/token`
pub async fn token(
    State(app): State<Arc<App>>,
    ctx: Ctx,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response, Failure> {
    dispatch::dispatch(&app, &ctx, &headers, &form).await
}
