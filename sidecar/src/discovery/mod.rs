//! The metadata of the authorization server (RFC 8414), also in the form of OpenID Connect Discovery. The plugin
//! removes the tenant's path before it forwards a request to these routes. The plugin itself serves the protected
//! resource metadata (RFC 9728).

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use protocol::server::metadata::{self as server, ClientDocuments};

use crate::clients::Clients;
use crate::clock::Clock;
use crate::edge::Ctx;

/// The dependencies of the metadata endpoints.
pub struct Deps {
    /// Decides whether client ID metadata documents are advertised.
    pub clients: Arc<Clients>,
    /// The current time.
    pub clock: Arc<dyn Clock>,
}

/// The routes of the two metadata documents.
pub fn routes(deps: Deps) -> Router {
    Router::new()
        .route("/.well-known/oauth-authorization-server", get(authorization_server))
        .route("/.well-known/openid-configuration", get(openid_configuration))
        .with_state(Arc::new(deps))
}

/// `GET /.well-known/oauth-authorization-server`: the metadata of RFC 8414.
async fn authorization_server(State(deps): State<Arc<Deps>>, ctx: Ctx) -> Response {
    json(server::authorization_server(&ctx.base, &scopes(&ctx), documents(&deps), &ctx.settings))
}

/// `GET /.well-known/openid-configuration`: the metadata of OpenID Connect Discovery.
async fn openid_configuration(State(deps): State<Arc<Deps>>, ctx: Ctx) -> Response {
    json(server::openid_configuration(&ctx.base, &scopes(&ctx), documents(&deps), &ctx.settings))
}

fn scopes(ctx: &Ctx) -> String {
    ctx.settings.advertised_scopes().to_string()
}

fn documents(deps: &Deps) -> ClientDocuments {
    if deps.clients.offers_documents(deps.clock.now()) {
        ClientDocuments::Supported
    } else {
        ClientDocuments::NotSupported
    }
}

fn json(document: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], document).into_response()
}
