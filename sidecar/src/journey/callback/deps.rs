//! The dependencies of the callback.

use std::sync::Arc;

use store::StoreHandle;
use store::crypto::Sealer;

use crate::clock::Clock;
use crate::config::UpstreamRefresh;
use crate::journal::Journal;
use crate::journey::code::CodeIssuer;
use crate::journey::session::Sessions;
use crate::personal_tokens::PersonalTokens;
use crate::upstream::Upstream;

/// The dependencies of the callback.
pub struct Deps {
    /// Records events.
    pub journal: Journal,
    /// Holds the logins that wait for the provider.
    pub store: StoreHandle,
    /// Decides whether a login has expired.
    pub clock: Arc<dyn Clock>,
    /// Issues codes.
    pub codes: CodeIssuer,
    /// Begins the session of a user whose sign-in no client asked for.
    pub sessions: Sessions,
    /// Decrypts the secrets of the login that are needed when the provider responds.
    pub sealer: Sealer,
    /// Exchanges the code at the provider.
    pub upstream: Arc<dyn Upstream>,
    /// Whether a grant without a refresh token of the provider can be refreshed.
    pub upstream_refresh: UpstreamRefresh,
    /// Revokes the personal access tokens of a user who lost access.
    pub personal: PersonalTokens,
}
