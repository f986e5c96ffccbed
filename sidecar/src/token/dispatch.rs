//! The steps that every grant type shares: authenticate the client, read the parameters, validate the grant, issue the
//! token.

use axum::http::HeaderMap;
use axum::response::Response;
use protocol::form::Form;
use protocol::server::token::TokenRequest;

use super::deps::Deps;
use super::error::TokenError;
use super::{authorization_code, client_credentials, issue, jwt_bearer, refresh_token};
use crate::edge::Ctx;
use crate::wire::Failure;

pub(super) async fn dispatch(
    deps: &Deps,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Response, Failure> {
    let client = deps.clients.authenticate(ctx, headers, form).await?;
    let request = TokenRequest::read(form)
        .map_err(|error| Failure::from(TokenError::Request(error)).client(client.id()))?;
    let grant_type = request.grant_type().name();
    let named = |error: TokenError| Failure::from(error).client(client.id()).grant_type(grant_type);
    let approved = match request {
        TokenRequest::AuthorizationCode { code, redirect_uri, verifier, resource } => {
            let asked = authorization_code::Asked { code, redirect_uri, verifier, resource };
            authorization_code::redeem(deps, ctx, &client, asked).await
        }
        TokenRequest::Refresh { token, scopes, resource } => {
            let asked = refresh_token::Asked { token, scopes, resource };
            refresh_token::rotate(deps, ctx, &client, asked).await
        }
        TokenRequest::ClientCredentials { scopes, resource } => {
            client_credentials::grant(deps, ctx, &client, client_credentials::Asked { scopes, resource })
                .await
        }
        TokenRequest::JwtBearer { assertion, scopes, resource } => {
            jwt_bearer::exchange(deps, ctx, &client, jwt_bearer::Asked { assertion, scopes, resource }).await
        }
    }
    .map_err(named)?;
    deps.meter.welcome(ctx.asker());
    issue::mint(deps, ctx, approved).map_err(named)
}
