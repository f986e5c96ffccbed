//! The dependencies of the connections page.

use std::sync::Arc;

use store::StoreHandle;
use store::entropy::Entropy;

use crate::budget::Meter;
use crate::clock::Clock;
use crate::journal::Journal;
use crate::journey::session::Sessions;
use crate::personal_tokens::PersonalTokens;
use crate::upstream_revocation::UpstreamRevocations;

/// The dependencies of the connections page.
pub struct Deps {
    /// Ends grants, and records who asked for it.
    pub journal: Journal,
    /// Holds the grants and their clients.
    pub store: StoreHandle,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids and cookie values for a sign-in.
    pub entropy: Arc<dyn Entropy>,
    /// Charges each sign-in that is stored.
    pub meter: Meter,
    /// Says who is signed in.
    pub sessions: Sessions,
    /// Makes personal access tokens.
    pub personal: PersonalTokens,
    /// Revokes what grants that ended held of their provider.
    pub upstream_revocations: UpstreamRevocations,
    /// After how many seconds an application whose grant ended is refused at the latest.
    pub ends_in_secs: u64,
}
