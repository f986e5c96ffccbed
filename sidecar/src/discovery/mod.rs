//! What the tenant says of itself: RFC 9728 for the resource asked about, RFC 8414 and the OpenID Connect
//! Discovery form for the authorization server. The plugin has already judged which path means what.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use protocol::context::Endpoint;
use protocol::resource::metadata::ProtectedResourceMetadata;
use protocol::server::metadata as server;
use serde::Serialize;

use crate::app::App;
use crate::http::error::Kind;
use crate::http::{Ctx, Failure};

/// `GET /.well-known/oauth-protected-resource…`
pub async fn protected_resource(ctx: Ctx) -> Result<Response, Failure> {
    let Endpoint::ProtectedResourceMetadata { resource } = &ctx.endpoint else {
        return Err(Failure::new(Kind::NotFound, "no_such_route"));
    };
    json(&ProtectedResourceMetadata::new(resource, &ctx.base, &ctx.settings))
}

/// `GET /.well-known/oauth-authorization-server…`
pub async fn authorization_server(State(app): State<Arc<App>>, ctx: Ctx) -> Result<Response, Failure> {
    json(&server::authorization_server(&ctx.base, &ctx.settings, app.config.takes_client_documents()))
}

/// `GET /.well-known/openid-configuration…`
pub async fn openid_configuration(State(app): State<Arc<App>>, ctx: Ctx) -> Result<Response, Failure> {
    json(&server::openid_configuration(&ctx.base, &ctx.settings, app.config.takes_client_documents()))
}

fn json(document: &impl Serialize) -> Result<Response, Failure> {
    let body = serde_json::to_string(document).map_err(|error| Failure::unavailable("metadata", error))?;
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}
