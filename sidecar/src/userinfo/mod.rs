//! The userinfo endpoint (OpenID Connect Core §5.3) at `/oauth/userinfo`: returns the claims about the user that the
//! token's scopes include.

mod error;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use protocol::resource::bearer::{self, Credentials};
use protocol::settings::Profile;
use serde::Serialize;

use error::UserinfoError;

use crate::access::AccessTokens;
use crate::edge::Ctx;
use crate::wire::Failure;
use crate::wire::json::json;

/// The dependencies of the userinfo endpoint.
pub struct Deps {
    /// Validates the presented access tokens.
    pub tokens: AccessTokens,
}

/// The route `/oauth/userinfo`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/userinfo", get(userinfo).post(userinfo)).with_state(Arc::new(deps))
}

/// Handles `GET` and `POST /oauth/userinfo`, with the access token in the `Authorization` header.
async fn userinfo(State(deps): State<Arc<Deps>>, ctx: Ctx, headers: HeaderMap) -> Result<Response, Failure> {
    Ok(claims(&deps, &ctx, &headers).await?)
}

async fn claims(deps: &Deps, ctx: &Ctx, headers: &HeaderMap) -> Result<Response, UserinfoError> {
    let values: Vec<Vec<u8>> =
        headers.get_all(header::AUTHORIZATION).iter().map(|value| value.as_bytes().to_vec()).collect();
    let credentials = bearer::parse(&values).map_err(UserinfoError::Bearer)?;
    let Credentials::Bearer(token) = credentials else { return Err(UserinfoError::NoToken) };
    let live = deps.tokens.live(ctx, token.expose()).await?.ok_or(UserinfoError::NotInForce)?;
    let identity = live.grant.identity;
    let claims = Claims { sub: identity.sub, profile: identity.claims.limited_to(&live.scopes) };
    Ok(json(StatusCode::OK, &claims))
}

/// The body of the response (OpenID Connect Core §5.3.2).
#[derive(Serialize)]
struct Claims {
    sub: String,
    #[serde(flatten)]
    profile: Profile,
}
