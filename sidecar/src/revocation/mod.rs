//! Token revocation (RFC 7009) at `/oauth/revoke`. Either kind of token ends its whole grant: a client that
//! gives one up is done with it.
//!
//! The plugin hears of it through `revocationFile`; without one, an access token lives to its `exp` there.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use protocol::error::OAuthError;
use protocol::limits::presented_token as limits;
use protocol::server::token::TokenRequestError;

use crate::access;
use crate::app::App;
use crate::clients::auth::authenticate;
use crate::crypto::secrets::hash_secret;
use crate::edge::Ctx;
use crate::store::records::{FamilyRecord, RevokeReason};
use crate::wire::Failure;
use crate::wire::form::FormBody;

/// `POST /oauth/revoke`. 200 whether or not the token was anything (RFC 7009 §2.2); another client's token is
/// refused and stays as it is (§2.1).
pub async fn revoke(
    State(app): State<Arc<App>>,
    ctx: Ctx,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response, Failure> {
    limits::ALL.check(&form)?;
    let client = authenticate(&app, &ctx, &headers, &form).await?;
    let token = form.get("token").ok_or_else(|| {
        let error = TokenRequestError::Parameter("token");
        Failure::oauth(OAuthError::InvalidRequest, "token_missing")
            .client(client.id())
            .describe(error.to_string())
    })?;
    // `token_type_hint` only helps to look in the right place first; there are two.
    if let Some(family) = grant_of(&app, &ctx, token).await? {
        if family.client_id != client.id() {
            return Err(Failure::oauth(OAuthError::InvalidGrant, "revoke_wrong_client").client(client.id()));
        }
        let now = app.clock.now();
        app.store.revoke_family(&ctx.tenant(), &family.id, RevokeReason::ByClient, now).await?;
        tracing::info!(
            tenant = ctx.tenant().key(),
            client = client.id(),
            sub = family.identity.sub,
            grant = %family.id,
            "grant revoked by its client"
        );
    }
    Ok(StatusCode::OK.into_response())
}

async fn grant_of(app: &App, ctx: &Ctx, token: &str) -> Result<Option<FamilyRecord>, Failure> {
    let found = app.store.refresh(&ctx.tenant(), &hash_secret(token), app.clock.now()).await?;
    if let Some((_, family)) = found {
        return Ok(Some(family));
    }
    Ok(access::live(app, ctx, token).await?.map(|live| live.family))
}
