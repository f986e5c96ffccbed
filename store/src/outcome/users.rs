//! The results of what users do and see on their own pages.

use crate::record::{GrantRecord, Network};
use protocol::server::passkey::PasskeyProof;
use protocol::server::second_factor::SecondFactorProof;
use protocol::time::UnixTime;

/// The result of [`UseSecondFactor`](crate::intent::second_factors::UseSecondFactor).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondFactorUse {
    /// The code was right, and will not be accepted again.
    Accepted {
        /// The proof that the user has the second factor.
        proof: SecondFactorProof,
        /// How many recovery codes are left.
        recovery_left: usize,
    },
    /// The code is the one that was accepted last.
    Repeated,
    /// The code was used before or is unknown, or the user has no such second factor.
    Refused,
}

/// The result of [`AddPasskey`](crate::intent::passkeys::AddPasskey).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyAdded {
    /// The passkey was added.
    Done,
    /// The user already had this passkey; nothing changed.
    Exists,
    /// The user has the maximum number of passkeys.
    Full,
    /// The passkey was made for another handle than the one that the user has now.
    Outdated,
}

/// The result of [`UsePasskey`](crate::intent::passkeys::UsePasskey).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasskeyUse {
    /// The signature is accepted. It will not be accepted again.
    Accepted(PasskeyProof),
    /// The signature is the one that was accepted last.
    Repeated,
    /// The signature counter is not higher than the stored one.
    WentBack {
        /// The stored counter.
        stored: u32,
    },
    /// The user has no passkey with this credential id.
    Gone,
}

/// A live grant, with what its user is shown about its use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The grant.
    pub grant: GrantRecord,
    /// When the newest refresh token of the grant was issued; `None` if the grant has none or it cannot be read.
    pub used: Option<UnixTime>,
    /// The network of the client that got this refresh token; `None` if it is not known.
    pub network: Option<Network>,
}

/// The result of [`ConnectionsOfUser`](crate::intent::sessions::ConnectionsOfUser).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// The grants of the page, the newest first.
    pub items: Vec<Connection>,
    /// The number of grants on all pages.
    pub all: usize,
}
