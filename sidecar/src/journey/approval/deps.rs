//! What this step is given.

use std::sync::Arc;

use store::StoreHandle;
use store::crypto::Sealer;
use store::entropy::Entropy;

use crate::clock::Clock;
use crate::journey::code::CodeIssuer;
use crate::upstream::Upstream;

/// What the consent page takes.
pub struct Deps {
    /// The logins that wait here, and their clients.
    pub store: StoreHandle,
    /// Whether they still wait.
    pub clock: Arc<dyn Clock>,
    /// Cookie values, and what goes to the provider.
    pub entropy: Arc<dyn Entropy>,
    /// Codes.
    pub codes: CodeIssuer,
    /// What the way to the provider and back needs, sealed meanwhile.
    pub sealer: Sealer,
    /// The provider's address.
    pub upstream: Arc<dyn Upstream>,
}
