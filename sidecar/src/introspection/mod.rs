//! Token introspection (RFC 7662) at `/oauth/introspect`. A client may introspect the tokens that were issued to it. A
//! resource server may introspect every token of the tenant if the operator's clients file allows it.

mod error;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use protocol::form::Form;
use protocol::limits::presented_token as limits;
use protocol::scope::ScopeSet;
use protocol::time::UnixTime;
use serde::Serialize;
use serde_json::Value;
use store::StoreHandle;
use store::crypto::secrets::hash_secret;
use store::intent::refresh::FindRefresh;
use store::record::{GrantRecord, RefreshRecord, RefreshState};

use error::IntrospectionError;

use crate::access::{AccessTokens, LiveToken};
use crate::clients::Clients;
use crate::clock::Clock;
use crate::edge::Ctx;
use crate::wire::Failure;
use crate::wire::form::FormBody;
use crate::wire::json::json;

/// The dependencies of token introspection.
pub struct Deps {
    /// Finds refresh tokens and their grants.
    pub store: StoreHandle,
    /// Decides whether a token has expired.
    pub clock: Arc<dyn Clock>,
    /// Authenticates the caller.
    pub clients: Arc<Clients>,
    /// Validates access tokens.
    pub tokens: AccessTokens,
}

/// The route `/oauth/introspect`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/introspect", post(introspect)).with_state(Arc::new(deps))
}

/// Handles `POST /oauth/introspect`. A client that may not introspect the token gets `active: false`, as for an unknown
/// token (RFC 7662 §2.2).
async fn introspect(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response, Failure> {
    Ok(response(&deps, &ctx, &headers, &form).await?)
}

async fn response(
    deps: &Deps,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Response, IntrospectionError> {
    limits::ALL.check(form).map_err(IntrospectionError::TooLong)?;
    let client = deps.clients.authenticate(ctx, headers, form).await.map_err(IntrospectionError::Client)?;
    let token =
        form.get("token").ok_or_else(|| IntrospectionError::NoToken { client_id: client.id().to_owned() })?;
    let may_know =
        |grant: &GrantRecord| grant.client_id == client.id() || deps.clients.may_introspect(client.id(), ctx);
    let refresh = deps
        .store
        .read(FindRefresh { tenant: ctx.tenant(), token: hash_secret(token), now: deps.clock.now() })
        .await?;
    let known = match refresh {
        Some((record, grant)) if may_know(&grant) => Active::of_refresh(ctx, &record, grant),
        Some(_) => None,
        None => match deps.tokens.live(ctx, token).await? {
            Some(live) if may_know(&live.grant) => Some(Active::of_access(ctx, live)),
            Some(_) | None => None,
        },
    };
    let introspection = Introspection { active: known.is_some(), known };
    Ok(json(StatusCode::OK, &introspection))
}

/// The response of RFC 7662 §2.2.
#[derive(Serialize)]
struct Introspection {
    active: bool,
    #[serde(flatten)]
    known: Option<Active>,
}

/// The members of the response for an active token (RFC 7662 §2.2).
#[derive(Serialize)]
struct Active {
    iss: String,
    client_id: String,
    sub: String,
    #[serde(skip_serializing_if = "ScopeSet::is_empty")]
    scope: ScopeSet,
    iat: UnixTime,
    exp: UnixTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(flatten)]
    access: Option<OfAccess>,
}

/// Members that only an access token has.
#[derive(Serialize)]
struct OfAccess {
    token_type: &'static str,
    /// A string if there is one audience, otherwise an array.
    aud: Value,
    nbf: UnixTime,
    jti: String,
}

impl Active {
    fn of_access(ctx: &Ctx, live: LiveToken) -> Self {
        let aud = match live.audiences.as_slice() {
            [one] => one.as_str().into(),
            many => many.into(),
        };
        let access = OfAccess { token_type: "Bearer", aud, nbf: live.iat, jti: live.jti };
        Self { access: Some(access), ..Self::of(ctx, live.grant, live.scopes, live.iat, live.exp) }
    }

    /// Returns the members of a refresh token; `None` if it was rotated. A rotated token is not active, although
    /// repeating the rotation may still succeed for a short time.
    fn of_refresh(ctx: &Ctx, record: &RefreshRecord, grant: GrantRecord) -> Option<Self> {
        let scopes = grant.scopes.clone();
        let active = record.state == RefreshState::Active;
        active.then(|| Self::of(ctx, grant, scopes, record.created, record.expires))
    }

    fn of(ctx: &Ctx, grant: GrantRecord, scope: ScopeSet, iat: UnixTime, exp: UnixTime) -> Self {
        Self {
            iss: ctx.base.as_str().to_owned(),
            client_id: grant.client_id,
            sub: grant.identity.sub,
            scope,
            iat,
            exp,
            username: grant.identity.claims.preferred_username,
            access: None,
        }
    }
}
