//! Token revocation (RFC 7009) at `/oauth/revoke`. Either kind of token ends its whole grant: a client that
//! gives one up is done with it.
//!
//! The plugin hears of it through `revocationFile`; without one, an access token lives to its `exp` there.

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
use crate::wire::Failure;
use crate::wire::form::FormBody;

/// What it takes.
pub struct Deps {
    /// Refresh tokens and their grants.
    pub store: StoreHandle,
    /// Whether a token has expired.
    pub clock: Arc<dyn Clock>,
    /// Who asks.
    pub clients: Arc<Clients>,
    /// Access tokens.
    pub tokens: AccessTokens,
}

/// `/oauth/revoke`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/revoke", post(revoke)).with_state(Arc::new(deps))
}

/// `POST /oauth/revoke`. 200 whether or not the token was anything (RFC 7009 §2.2); another client's token is
/// refused and stays as it is (§2.1).
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
    // `token_type_hint` only helps to look in the right place first; there are two.
    if let Some(grant) = grant_of(deps, ctx, token).await? {
        if grant.client_id != client.id() {
            return Err(RevocationError::OtherClient { client_id: client_id() });
        }
        let now = deps.clock.now();
        deps.store
            .write(RevokeGrant { tenant: ctx.tenant(), grant: grant.id, reason: RevokeReason::ByClient, now })
            .await?;
        tracing::info!(
            tenant = ctx.tenant().key(),
            client = client.id(),
            sub = grant.identity.sub,
            grant = %grant.id,
            "grant revoked by its client"
        );
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
    Ok(deps.tokens.live(ctx, token).await?.map(|live| live.grant))
}
