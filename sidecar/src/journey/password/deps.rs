//! What this step is given.

use std::sync::Arc;

use crate::clock::Clock;
use crate::crypto::Sealer;
use crate::entropy::Entropy;
use crate::store::StoreHandle;
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
