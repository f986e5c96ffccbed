//! The dependencies of client registration.

use std::sync::Arc;

use crate::budget::Meter;
use crate::clients::Clients;
use crate::clock::Clock;
use crate::journal::Journal;
use protocol::secret::Secret;
use store::StoreHandle;
use store::entropy::Entropy;

/// The dependencies of client registration.
pub struct Deps {
    /// Records what happens.
    pub journal: Journal,
    /// Stores the clients.
    pub store: StoreHandle,
    /// Gives the time of a registration.
    pub clock: Arc<dyn Clock>,
    /// Makes client ids and secrets.
    pub entropy: Arc<dyn Entropy>,
    /// Charges each registration without an initial access token.
    pub meter: Meter,
    /// Gives the rules for redirect URIs.
    pub clients: Arc<Clients>,
    /// The initial access token that a registration must carry; `None` means that registration is open.
    pub initial_token: Option<Secret<String>>,
}
