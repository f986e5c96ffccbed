//! What registration is given.

use std::sync::Arc;

use crate::budget::Meter;
use crate::clients::Clients;
use crate::clock::Clock;
use protocol::secret::Secret;
use store::StoreHandle;
use store::entropy::Entropy;

/// What registering takes.
pub struct Deps {
    /// Where clients are stored.
    pub store: StoreHandle,
    /// When they registered.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub entropy: Arc<dyn Entropy>,
    /// A stored client is charged.
    pub meter: Meter,
    /// Which redirect URIs a client may have.
    pub clients: Arc<Clients>,
    /// What a client has to show before it may register; none: registration is open.
    pub initial_token: Option<Secret<String>>,
}
