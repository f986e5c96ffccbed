//! The dependencies of the token endpoint.

use std::sync::Arc;

use protocol::context::PluginKeys;
use store::StoreHandle;
use store::crypto::Sealer;
use store::entropy::Entropy;
use store::record::GrantId;

use crate::budget::Meter;
use crate::clients::Clients;
use crate::clock::Clock;
use crate::config::UpstreamRefresh;
use crate::journal::Journal;
use crate::keys::KeyRing;
use crate::locks::Locks;
use crate::personal_tokens::PersonalTokens;
use crate::upstream::Upstream;
use crate::users::Users;

/// The dependencies of the token endpoint.
pub struct Deps {
    /// Records what happens.
    pub journal: Journal,
    /// Holds codes, grants and refresh tokens.
    pub store: StoreHandle,
    /// Tells the time, which decides what has expired.
    pub clock: Arc<dyn Clock>,
    /// Makes tokens and ids.
    pub entropy: Arc<dyn Entropy>,
    /// Charges tokens that no login led to. Marks the network of a client that got a token as known.
    pub meter: Meter,
    /// Authenticates clients.
    pub clients: Arc<Clients>,
    /// Signs access tokens.
    pub keys: KeyRing,
    /// Encrypts the provider's tokens.
    pub sealer: Sealer,
    /// Seal the part of an access token that only the plugin reads.
    pub plugin_keys: PluginKeys,
    /// Decides whether a local user still has access.
    pub users: Users,
    /// Confirms with the provider that a user still has access.
    pub upstream: Arc<dyn Upstream>,
    /// Whether the provider is asked at a refresh (`BOUNCER_STRICT_UPSTREAM_REFRESH`).
    pub upstream_refresh: UpstreamRefresh,
    /// How long tokens live.
    pub lifetimes: Lifetimes,
    /// Serializes the refreshes of one grant that ask the provider.
    pub grant_locks: Locks<GrantId>,
    /// Revokes the personal access tokens of a user who lost access.
    pub personal: PersonalTokens,
}

/// The lifetimes of tokens, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// The lifetime of an access token.
    pub access_token_secs: u64,
    /// The lifetime of a refresh token that is not used.
    pub refresh_token_secs: u64,
    /// The grace period in which a used refresh token still yields the same successor.
    pub refresh_grace_secs: u64,
}
