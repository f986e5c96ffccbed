//! The consent page: `GET` and `POST /oauth/consent`.
//!
//! Asked at every authorization, whatever the client, because registration is open and our own client at
//! the provider is one for all (MCP authorization, "confused deputy"). For local users it comes after
//! the password and ends in a code; for a provider it comes before the browser is sent there.

mod flow;
mod http;
mod question;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::clock::Clock;
use crate::crypto::Sealer;
use crate::entropy::Entropy;
use crate::journey::code::CodeIssuer;
use crate::store::StoreHandle;
use crate::upstream::Upstream;

/// What the consent page takes.
pub struct Deps {
    /// The logins that wait here, and their clients.
    pub store: StoreHandle,
    /// Whether they still wait.
    pub clock: Arc<dyn Clock>,
    /// Cookie values, and what goes to the provider.
    pub entropy: Arc<dyn Entropy>,
    /// Codes.
    pub codes: CodeIssuer,
    /// What the way to the provider and back needs, sealed meanwhile.
    pub sealer: Sealer,
    /// The provider's address.
    pub upstream: Arc<dyn Upstream>,
}

/// `/oauth/consent`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/consent", get(http::show).post(http::submit)).with_state(Arc::new(deps))
}
