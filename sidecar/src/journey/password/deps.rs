//! What this step is given.

use std::sync::Arc;

use store::StoreHandle;
use store::crypto::Sealer;
use store::entropy::Entropy;

use crate::clock::Clock;
use crate::users::Users;

/// What the sign-in page takes.
pub struct Deps {
    /// The logins that wait here.
    pub store: StoreHandle,
    /// Whether they still wait.
    pub clock: Arc<dyn Clock>,
    /// New cookie values.
    pub entropy: Arc<dyn Entropy>,
    /// The cookie of known browsers.
    pub sealer: Sealer,
    /// The local users.
    pub users: Users,
}
