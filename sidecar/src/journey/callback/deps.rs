//! What this step is given.

use std::sync::Arc;

use store::StoreHandle;
use store::crypto::Sealer;

use crate::clock::Clock;
use crate::config::UpstreamRefresh;
use crate::journey::code::CodeIssuer;
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
