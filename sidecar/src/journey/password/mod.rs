//! The local login page: `GET` and `POST /oauth/login`.
//!
//! Only for tenants with local users. The password is asked afresh at every login; there is no session
//! that could answer for it.

mod flow;
mod http;
mod known;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::clock::Clock;
use crate::crypto::Sealer;
use crate::entropy::Entropy;
use crate::store::StoreHandle;
use crate::users::Users;

/// What the sign-in page takes.
pub struct Deps {
    /// The logins that wait here.
    pub store: StoreHandle,
    /// Whether they still wait.
    pub clock: Arc<dyn Clock>,
    /// New cookie values.
    pub entropy: Arc<dyn Entropy>,
    /// The cookie of known browsers.
    pub sealer: Sealer,
    /// The local users.
    pub users: Users,
}

/// `/oauth/login`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/login", get(http::show).post(http::submit)).with_state(Arc::new(deps))
}
