//! The token endpoint (RFC 6749 §3.2) at `/oauth/token`: codes and refresh tokens for access tokens.
//!
//! [`dispatch`] runs the phases every grant shares; [`authorization_code`] and [`refresh_token`] fill in
//! theirs; [`issue`] is the one place where an access token is made.

mod ask_provider;
mod authorization_code;
mod dispatch;
mod error;
pub mod grant_locks;
mod issue;
mod refresh_token;
mod standing;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;

use crate::budget::Meter;
use crate::clients::Clients;
use crate::clock::Clock;
use crate::config::UpstreamRefresh;
use crate::crypto::Sealer;
use crate::edge::Ctx;
use crate::entropy::Entropy;
use crate::keys::KeyRing;
use crate::store::StoreHandle;
use crate::upstream::Upstream;
use crate::users::Users;
use crate::wire::Failure;
use crate::wire::form::FormBody;
use grant_locks::GrantLocks;

/// What issuing tokens takes.
pub struct Deps {
    /// Codes, grants and refresh tokens.
    pub store: StoreHandle,
    /// When they expire.
    pub clock: Arc<dyn Clock>,
    /// New tokens and ids.
    pub entropy: Arc<dyn Entropy>,
    /// Whoever holds a grant is no stranger.
    pub meter: Meter,
    /// Who asks.
    pub clients: Arc<Clients>,
    /// Signs access tokens.
    pub keys: KeyRing,
    /// The provider's refresh tokens, sealed.
    pub sealer: Sealer,
    /// Whether a local user may still enter.
    pub users: Users,
    /// Whether the provider still vouches for a user.
    pub upstream: Arc<dyn Upstream>,
    /// When the provider is asked.
    pub upstream_refresh: UpstreamRefresh,
    /// How long tokens live.
    pub lifetimes: Lifetimes,
    /// Refreshes of one grant that ask the provider, one after the other.
    pub grant_locks: GrantLocks,
}

/// How long tokens live, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// An access token.
    pub access_token_secs: u64,
    /// A refresh token that is not used.
    pub refresh_token_secs: u64,
    /// How long a refresh token that was used still yields the same successor.
    pub refresh_grace_secs: u64,
}

/// `/oauth/token`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/token", post(token)).with_state(Arc::new(deps))
}

/// `POST /oauth/token`
async fn token(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response, Failure> {
    dispatch::dispatch(&deps, &ctx, &headers, &form).await
}
