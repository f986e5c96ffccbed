//! The dependencies of the account page.

use std::sync::Arc;

use store::StoreHandle;
use store::crypto::Sealer;
use store::entropy::Entropy;
use store::record::Hash;

use crate::budget::Meter;
use crate::clock::Clock;
use crate::journal::Journal;
use crate::journey::session::Sessions;
use crate::locks::Locks;
use crate::passkeys::Passkeys;
use crate::second_factor::SecondFactors;
use crate::users::Users;

/// The dependencies of the account page.
pub struct Deps {
    /// Records what users change.
    pub journal: Journal,
    /// Holds the sessions of a user.
    pub store: StoreHandle,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids, cookie values and salts.
    pub entropy: Arc<dyn Entropy>,
    /// Charges each sign-in that is stored.
    pub meter: Meter,
    /// Opens the cookie of known browsers.
    pub sealer: Sealer,
    /// Checks and changes passwords.
    pub users: Users,
    /// Checks, sets up and removes second factors.
    pub second_factors: SecondFactors,
    /// Adds and removes passkeys.
    pub passkeys: Passkeys,
    /// Says who is signed in.
    pub sessions: Sessions,
    /// Handles the forms of one session one after the other.
    pub forms: Locks<Hash>,
}
