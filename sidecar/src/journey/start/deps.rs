//! What this step is given.

use std::sync::Arc;

use store::StoreHandle;
use store::entropy::Entropy;

use crate::budget::Meter;
use crate::clients::Clients;
use crate::clock::Clock;

/// What beginning a login takes.
pub struct Deps {
    /// Where the login is stored.
    pub store: StoreHandle,
    /// When it begins.
    pub clock: Arc<dyn Clock>,
    /// Its ids.
    pub entropy: Arc<dyn Entropy>,
    /// A stored login is charged.
    pub meter: Meter,
    /// Who asks.
    pub clients: Arc<Clients>,
}
