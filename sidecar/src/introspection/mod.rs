//! Token introspection (RFC 7662) at `/oauth/introspect`: for the client a token was issued to, and for
//! resource servers that the operator's clients file lets ask about any.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use protocol::error::OAuthError;
use protocol::server::token::TokenRequestError;
use serde_json::{Value, json};

use crate::access::{self, LiveToken};
use crate::app::App;
use crate::clients::auth::authenticate;
use crate::crypto::secrets::hash_secret;
use crate::http::form::FormBody;
use crate::http::{Ctx, Failure};
use crate::store::records::{FamilyRecord, RefreshRecord, RefreshState};

/// `POST /oauth/introspect`. Whoever may not know is told what is told of a made-up token (RFC 7662 §2.2).
pub async fn introspect(
    State(app): State<Arc<App>>,
    ctx: Ctx,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response, Failure> {
    let client = authenticate(&app, &ctx, &headers, &form).await?;
    let token = form.get("token").ok_or_else(|| {
        let error = TokenRequestError::Parameter("token");
        Failure::oauth(OAuthError::InvalidRequest, "token_missing").client(client.id()).detail(error)
    })?;
    let may_know = |family: &FamilyRecord| {
        family.client_id == client.id() || app.clients.may_introspect(client.id(), &ctx)
    };
    let refresh = app.store.refresh(&ctx.tenant(), &hash_secret(token), app.clock.now()).await?;
    let body = match refresh {
        Some((record, family)) if may_know(&family) => of_refresh(&ctx, &record, &family),
        Some(_) => None,
        None => match access::live(&app, &ctx, token).await? {
            Some(live) if may_know(&live.family) => Some(of_access(&ctx, &live)),
            Some(_) | None => None,
        },
    };
    let body = body.unwrap_or_else(|| json!({ "active": false })).to_string();
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body)
        .into_response())
}

fn of_access(ctx: &Ctx, live: &LiveToken) -> Value {
    let mut body = common(ctx, &live.family, &live.scopes.to_string());
    body["token_type"] = "Bearer".into();
    body["aud"] = match live.audiences.as_slice() {
        [one] => one.as_str().into(),
        many => many.into(),
    };
    body["iat"] = live.iat.as_secs().into();
    body["nbf"] = live.iat.as_secs().into();
    body["exp"] = live.exp.as_secs().into();
    body["jti"] = live.jti.as_str().into();
    body
}

/// A rotated token is not active, though a repeated use may still be answered.
fn of_refresh(ctx: &Ctx, record: &RefreshRecord, family: &FamilyRecord) -> Option<Value> {
    if record.state != RefreshState::Active {
        return None;
    }
    let mut body = common(ctx, family, &family.scopes.to_string());
    body["iat"] = record.created.as_secs().into();
    body["exp"] = record.expires.as_secs().into();
    Some(body)
}

fn common(ctx: &Ctx, family: &FamilyRecord, scope: &str) -> Value {
    let mut body = json!({
        "active": true,
        "iss": ctx.base.as_str(),
        "client_id": family.client_id,
        "sub": family.identity.sub,
        "scope": scope,
    });
    if let Some(username) = &family.identity.claims.preferred_username {
        body["username"] = username.as_str().into();
    }
    body
}
