//! The dependencies of this step.

use std::sync::Arc;

use store::StoreHandle;
use store::crypto::Sealer;
use store::entropy::Entropy;

use crate::clock::Clock;
use crate::journal::Journal;
use crate::journey::session::Sessions;
use crate::users::Users;

/// The dependencies of the sign-in page.
pub struct Deps {
    /// Records what happens.
    pub journal: Journal,
    /// Holds the logins that wait for a password.
    pub store: StoreHandle,
    /// Decides whether a login has expired.
    pub clock: Arc<dyn Clock>,
    /// Makes cookie values.
    pub entropy: Arc<dyn Entropy>,
    /// Encrypts the cookie of known browsers.
    pub sealer: Sealer,
    /// Checks names and passwords.
    pub users: Users,
    /// Begins the session of a user who has signed in.
    pub sessions: Sessions,
}
