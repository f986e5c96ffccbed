//! The dependencies of the two pages on which local users sign in: of the password, and of the second factor.

use std::sync::Arc;

use store::StoreHandle;
use store::crypto::Sealer;
use store::entropy::Entropy;

use crate::clock::Clock;
use crate::journal::Journal;
use crate::journey::session::Sessions;
use crate::second_factor::SecondFactors;
use crate::users::Users;

/// What both pages need.
#[derive(Clone)]
pub struct LocalSignIn {
    /// Records what happens.
    pub journal: Journal,
    /// Holds the logins that wait for a password or a second factor.
    pub store: StoreHandle,
    /// Decides whether a login has expired.
    pub clock: Arc<dyn Clock>,
    /// Makes cookie values.
    pub entropy: Arc<dyn Entropy>,
    /// Encrypts the cookie of known browsers.
    pub sealer: Sealer,
    /// Checks names and passwords.
    pub users: Users,
    /// Says whether a second factor is due, and checks codes.
    pub second_factors: SecondFactors,
    /// Begins the session of a user who has signed in.
    pub sessions: Sessions,
}
