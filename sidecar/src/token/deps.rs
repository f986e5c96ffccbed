//! What issuing tokens is given.

use std::sync::Arc;

use store::StoreHandle;
use store::crypto::Sealer;
use store::entropy::Entropy;

use super::grant_locks::GrantLocks;
use crate::budget::Meter;
use crate::clients::Clients;
use crate::clock::Clock;
use crate::config::UpstreamRefresh;
use crate::keys::KeyRing;
use crate::upstream::Upstream;
use crate::users::Users;

/// What issuing tokens takes.
pub struct Deps {
    /// Codes, grants and refresh tokens.
    pub store: StoreHandle,
    /// When they expire.
    pub clock: Arc<dyn Clock>,
    /// New tokens and ids.
    pub entropy: Arc<dyn Entropy>,
    /// Whoever holds a grant is no stranger.
    pub meter: Meter,
    /// Who asks.
    pub clients: Arc<Clients>,
    /// Signs access tokens.
    pub keys: KeyRing,
    /// The provider's refresh tokens, sealed.
    pub sealer: Sealer,
    /// Whether a local user may still enter.
    pub users: Users,
    /// Whether the provider still vouches for a user.
    pub upstream: Arc<dyn Upstream>,
    /// When the provider is asked.
    pub upstream_refresh: UpstreamRefresh,
    /// How long tokens live.
    pub lifetimes: Lifetimes,
    /// Refreshes of one grant that ask the provider, one after the other.
    pub grant_locks: GrantLocks,
}

/// How long tokens live, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// An access token.
    pub access_token_secs: u64,
    /// A refresh token that is not used.
    pub refresh_token_secs: u64,
    /// How long a refresh token that was used still yields the same successor.
    pub refresh_grace_secs: u64,
}
