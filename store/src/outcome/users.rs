//! The results of what users do and see on their own pages.

use crate::record::{GrantRecord, Network};
use protocol::server::second_factor::SecondFactorProof;
use protocol::time::UnixTime;

/// The result of [`UseSecondFactor`](crate::intent::second_factors::UseSecondFactor).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondFactorUse {
    /// It was right, and will not be accepted again.
    Accepted {
        /// What proves it.
        proof: SecondFactorProof,
        /// How many recovery codes are left.
        recovery_left: usize,
    },
    /// It is the one that was accepted last.
    Repeated,
    /// It was used before or is unknown, or the user has no such second factor.
    Refused,
}

/// A live grant, with what its user is shown of its use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The grant.
    pub grant: GrantRecord,
    /// When its newest refresh token was issued; `None` if it has none.
    pub used: Option<UnixTime>,
    /// Where the client was then.
    pub network: Option<Network>,
}

/// The result of [`ConnectionsOfUser`](crate::intent::sessions::ConnectionsOfUser).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// Those of the page, the newest first.
    pub items: Vec<Connection>,
    /// The number of all of them.
    pub all: usize,
}
