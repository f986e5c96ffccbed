//! The dependencies of the approval step.

use std::sync::Arc;

use store::StoreHandle;
use store::crypto::Sealer;
use store::entropy::Entropy;

use crate::clock::Clock;
use crate::journal::Journal;
use crate::journey::code::CodeIssuer;
use crate::journey::session::Sessions;
use crate::upstream::Upstream;

/// The dependencies of the approval step.
pub struct Deps {
    /// Records events.
    pub journal: Journal,
    /// Holds the logins that wait for a decision, and the records of their clients.
    pub store: StoreHandle,
    /// Decides whether a login has expired.
    pub clock: Arc<dyn Clock>,
    /// Makes the random values that are sent to the provider.
    pub entropy: Arc<dyn Entropy>,
    /// Issues codes.
    pub codes: CodeIssuer,
    /// Ends the session of a user who wants to use another account.
    pub sessions: Sessions,
    /// Encrypts the secrets that are needed when the provider responds, and derives the next cookie values.
    pub sealer: Sealer,
    /// Builds the provider's authorization URL.
    pub upstream: Arc<dyn Upstream>,
}
