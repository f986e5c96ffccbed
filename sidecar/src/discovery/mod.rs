//! What the authorization server says of itself: RFC 8414 and the OpenID Connect Discovery form. The plugin has already
//! judged which path means what, and writes the metadata of a resource (RFC 9728) itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use protocol::server::metadata::{self as server, ClientDocuments};

use crate::app::App;
use crate::edge::Ctx;

/// `GET /.well-known/oauth-authorization-server…`
pub async fn authorization_server(State(app): State<Arc<App>>, ctx: Ctx) -> Response {
    json(server::authorization_server(&ctx.base, &scopes(&ctx), documents(&app)))
}

/// `GET /.well-known/openid-configuration…`
pub async fn openid_configuration(State(app): State<Arc<App>>, ctx: Ctx) -> Response {
    json(server::openid_configuration(&ctx.base, &scopes(&ctx), documents(&app)))
}

fn scopes(ctx: &Ctx) -> String {
    ctx.settings.advertised_scopes().to_string()
}

fn documents(app: &App) -> ClientDocuments {
    if app.clients.offers_documents(&app.config, app.clock.now()) {
        ClientDocuments::Taken
    } else {
        ClientDocuments::NotTaken
    }
}

fn json(document: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], document).into_response()
}
