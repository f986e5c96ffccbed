//! The userinfo endpoint (OpenID Connect Core §5.3) at `/oauth/userinfo`: returns the claims about the user that the
//! token's scopes include.

mod error;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use protocol::context::PluginKeys;
use protocol::resource::bearer::{self, Credentials};
use protocol::settings::Profile;
use serde::Serialize;

use error::UserinfoError;

use crate::access::AccessTokens;
use crate::clock::Clock;
use crate::dpop::require_key;
use crate::edge::Ctx;
use crate::wire::Failure;
use crate::wire::json::json;

/// The dependencies of the userinfo endpoint.
pub struct Deps {
    /// Validates the presented access tokens.
    pub tokens: AccessTokens,
    /// Make and check the nonces of proofs.
    pub plugin_keys: PluginKeys,
    /// Decides whether a proof is recent.
    pub clock: Arc<dyn Clock>,
}

/// The route `/oauth/userinfo`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/userinfo", get(userinfo).post(userinfo)).with_state(Arc::new(deps))
}

/// `GET` and `POST /oauth/userinfo`, with the access token in the `Authorization` header.
async fn userinfo(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    Ok(claims(&deps, &ctx, &method, &headers).await?)
}

async fn claims(
    deps: &Deps,
    ctx: &Ctx,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, UserinfoError> {
    let values: Vec<Vec<u8>> =
        headers.get_all(header::AUTHORIZATION).iter().map(|value| value.as_bytes().to_vec()).collect();
    let credentials = bearer::parse(&values).map_err(UserinfoError::Bearer)?;
    let (token, is_dpop) = match credentials {
        Credentials::Bearer(token) => (token, false),
        Credentials::Dpop(token) => (token, true),
        Credentials::None => return Err(UserinfoError::NoToken),
    };
    let live = deps.tokens.live(ctx, token.expose()).await?.ok_or(UserinfoError::NotInForce)?;
    match (is_dpop, &live.bound_to) {
        (false, None) => {}
        (true, Some(key)) => {
            let request = (method.as_str(), "/oauth/userinfo");
            let now = deps.clock.now();
            require_key(&deps.plugin_keys, ctx, headers, request, (token.expose(), key), now)?;
        }
        (true, None) | (false, Some(_)) => return Err(UserinfoError::NotInForce),
    }
    let identity = live.grant.identity;
    let claims = Claims { sub: identity.sub, profile: identity.claims.limited_to(&live.scopes) };
    Ok(json(StatusCode::OK, &claims))
}

/// The response of OpenID Connect Core §5.3.2.
#[derive(Serialize)]
struct Claims {
    sub: String,
    #[serde(flatten)]
    profile: Profile,
}
