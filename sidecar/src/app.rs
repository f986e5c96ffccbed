//! What every request can reach, and THE route table.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use protocol::context::PluginKeys;

use crate::budget::Budgets;
use crate::clients::Clients;
use crate::clock::Clock;
use crate::config::Config;
use crate::crypto::Sealer;
use crate::edge::context::{self as context_layer, DoorLog};
use crate::edge::deadline;
use crate::entropy::Entropy;
use crate::journey::{approval as consent, callback, password as login, start as authorize};
use crate::keys::KeyRing;
use crate::providers::Providers;
use crate::revocation_file::RevocationFile;
use crate::store::handle::StoreHandle;
use crate::token::GrantLocks;
use crate::upstream::Upstream;
use crate::users::Users;
use crate::wire::error::{Failure, Kind};
use crate::{discovery, introspection, jwks, registration, revocation, token, userinfo};

/// The state behind all routes.
pub struct App {
    /// What is remembered.
    pub store: StoreHandle,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// The settings.
    pub config: Config,
    /// The signing keys.
    pub keys: KeyRing,
    /// Seals what is secret at rest.
    pub sealer: Sealer,
    /// The local users.
    pub users: Users,
    /// Who clients are, beside those the store knows.
    pub clients: Clients,
    /// Providers that labels name.
    pub providers: Providers,
    /// Refreshes of one grant, one after the other.
    pub grant_locks: GrantLocks,
    /// What the plugin is told of revocations, if it is.
    pub revocations: Option<RevocationFile>,
    /// The tenants' identity providers.
    pub upstream: Arc<dyn Upstream>,
    /// Open the plugin's contexts.
    pub plugin_keys: PluginKeys,
    /// What strangers can make us do, and who pays.
    pub budgets: Budgets,
    /// Refusals for want of a context.
    pub door: DoorLog,
}

/// All OAuth routes behind the context layer. The plugin rewrites every tenant's paths to these.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/.well-known/oauth-authorization-server", get(discovery::authorization_server))
        .route("/.well-known/openid-configuration", get(discovery::openid_configuration))
        .route("/oauth/register", post(registration::register))
        .route("/oauth/authorize", get(authorize::http::begin).post(authorize::http::begin))
        .route("/oauth/login", get(login::http::show).post(login::http::submit))
        .route("/oauth/consent", get(consent::http::show).post(consent::http::submit))
        .route("/oauth/callback", get(callback::http::arrive))
        .route("/oauth/token", post(token::token))
        .route(
            "/oauth/registered-client",
            get(registration::manage::read)
                .put(registration::manage::update)
                .delete(registration::manage::remove),
        )
        .route("/oauth/revoke", post(revocation::revoke))
        .route("/oauth/introspect", post(introspection::introspect))
        .route("/oauth/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/oauth/jwks.json", get(jwks::jwks))
        .fallback(|| async { Failure::new(Kind::NotFound, "no_such_route") })
        .method_not_allowed_fallback(|| async { Failure::new(Kind::MethodNotAllowed, "method_not_allowed") })
        .layer(from_fn_with_state(Arc::clone(&app), context_layer::layer))
        .layer(from_fn(deadline::layer))
        .with_state(app)
}
