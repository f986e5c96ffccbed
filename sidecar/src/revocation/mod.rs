//! Token revocation (RFC 7009) at `/oauth/revoke`. Revoking an access token or a refresh token revokes its whole grant.
//!
//! The plugin learns of revocations from the file that its option `revocationFile` names. Without that option the
//! plugin accepts an access token until it expires (`exp` plus the allowed clock skew).

mod error;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use protocol::form::Form;
use protocol::limits::presented_token as limits;
use store::crypto::secrets::hash_secret;
use store::intent::grants::RevokeGrant;
use store::intent::refresh::FindRefresh;
use store::record::{GrantRecord, RevokeReason};
use store::{StoreError, StoreHandle};

use error::RevocationError;

use crate::access::AccessTokens;
use crate::clients::Clients;
use crate::clock::Clock;
use crate::edge::Ctx;
use crate::journal::Journal;
use crate::wire::Failure;
use crate::wire::form::FormBody;

/// The dependencies of token revocation.
pub struct Deps {
    /// Records what happens.
    pub journal: Journal,
    /// Finds refresh tokens and their grants, and revokes the grants.
    pub store: StoreHandle,
    /// Tells the time: whether a refresh token or its grant has expired, and when a grant was revoked.
    pub clock: Arc<dyn Clock>,
    /// Authenticates the caller.
    pub clients: Arc<Clients>,
    /// Validates access tokens.
    pub tokens: AccessTokens,
}

/// The route `/oauth/revoke`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/revoke", post(revoke)).with_state(Arc::new(deps))
}

/// Handles `POST /oauth/revoke`. Responds 200 even if the token is unknown (RFC 7009 §2.2). Refuses, and does not
/// revoke, a token that was issued to another client (§2.1).
async fn revoke(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response, Failure> {
    end_grant(&deps, &ctx, &headers, &form).await?;
    Ok(StatusCode::OK.into_response())
}

async fn end_grant(deps: &Deps, ctx: &Ctx, headers: &HeaderMap, form: &Form) -> Result<(), RevocationError> {
    limits::ALL.check(form).map_err(RevocationError::TooLong)?;
    let client = deps.clients.authenticate(ctx, headers, form).await.map_err(RevocationError::Client)?;
    let client_id = || client.id().to_owned();
    let token = form.get("token").ok_or_else(|| RevocationError::NoToken { client_id: client_id() })?;
    // `token_type_hint` only suggests where to look first. It is ignored: a refresh token is looked for first, then an
    // access token.
    if let Some(grant) = grant_of(deps, ctx, token).await? {
        if grant.client_id != client.id() {
            return Err(RevocationError::OtherClient { client_id: client_id() });
        }
        let now = deps.clock.now();
        let event = ctx.revoked(&grant, RevokeReason::ByClient);
        let revoke =
            RevokeGrant { tenant: ctx.tenant(), grant: grant.id, reason: RevokeReason::ByClient, now };
        deps.journal.write(revoke, move |_| vec![event.clone()]).await?;
    }
    Ok(())
}

async fn grant_of(deps: &Deps, ctx: &Ctx, token: &str) -> Result<Option<GrantRecord>, StoreError> {
    let found = deps
        .store
        .read(FindRefresh { tenant: ctx.tenant(), token: hash_secret(token), now: deps.clock.now() })
        .await?;
    if let Some((_, grant)) = found {
        return Ok(Some(grant));
    }
    Ok(deps.tokens.live_to_revoke(ctx, token).await?.map(|live| live.grant))
}
