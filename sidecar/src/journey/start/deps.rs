//! The dependencies of starting a login.

use std::sync::Arc;

use store::StoreHandle;
use store::entropy::Entropy;

use crate::budget::Meter;
use crate::clients::Clients;
use crate::clock::Clock;
use crate::journey::session::Sessions;

/// The dependencies of starting a login.
pub struct Deps {
    /// Stores the login.
    pub store: StoreHandle,
    /// Gives the start time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids and cookie values.
    pub entropy: Arc<dyn Entropy>,
    /// Charges the caller for a login before it is stored.
    pub meter: Meter,
    /// Looks up the client.
    pub clients: Arc<Clients>,
    /// Finds the browser's session, which may replace the sign-in.
    pub sessions: Sessions,
}
