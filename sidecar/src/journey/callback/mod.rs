//! Where the provider sends the browser back: `GET /oauth/callback`.
//!
//! OpenID Connect Core 1.0 §3.1.2.5, RFC 6749 §4.1.2, RFC 9207 §2.4. Only the browser that approved gets
//! further, once.

mod flow;
mod http;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::clock::Clock;
use crate::config::UpstreamRefresh;
use crate::crypto::Sealer;
use crate::journey::code::CodeIssuer;
use crate::store::StoreHandle;
use crate::upstream::Upstream;

/// What the provider's response takes.
pub struct Deps {
    /// The logins that wait for it.
    pub store: StoreHandle,
    /// Whether they still wait.
    pub clock: Arc<dyn Clock>,
    /// Codes.
    pub codes: CodeIssuer,
    /// Opens what the login kept for the way back.
    pub sealer: Sealer,
    /// The provider's token endpoint.
    pub upstream: Arc<dyn Upstream>,
    /// Whether a grant without a refresh token of the provider can be refreshed.
    pub upstream_refresh: UpstreamRefresh,
}

/// `/oauth/callback`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/callback", get(http::arrive)).with_state(Arc::new(deps))
}
