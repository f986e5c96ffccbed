//! The dependencies of the connections page.

use std::sync::Arc;

use store::StoreHandle;
use store::entropy::Entropy;

use crate::budget::Meter;
use crate::clock::Clock;
use crate::journal::Journal;
use crate::journey::session::Sessions;
use crate::personal_tokens::PersonalTokens;

/// The dependencies of the connections page.
pub struct Deps {
    /// Revokes grants, and records who asked for that.
    pub journal: Journal,
    /// Holds the grants and their clients.
    pub store: StoreHandle,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids and cookie values.
    pub entropy: Arc<dyn Entropy>,
    /// Charges each sign-in that is stored.
    pub meter: Meter,
    /// Finds out who is signed in.
    pub sessions: Sessions,
    /// Creates personal access tokens.
    pub personal: PersonalTokens,
    /// The maximum number of seconds for which an application can still use its access after its grant was revoked.
    pub ends_in_secs: u64,
}
