//! The results of what users do and see on their own pages.

use crate::record::{GrantRecord, Network};
use protocol::server::passkey::PasskeyProof;
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

/// The result of [`AddPasskey`](crate::intent::passkeys::AddPasskey).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyAdded {
    /// The user has it now.
    Done,
    /// The user had it before.
    Exists,
    /// The user has the maximum number.
    Full,
    /// The authenticator knows the user by another handle than the one that the user has by now.
    Outdated,
}

/// The result of [`UsePasskey`](crate::intent::passkeys::UsePasskey).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasskeyUse {
    /// It is accepted, and will not be accepted again.
    Accepted(PasskeyProof),
    /// It is what was accepted last.
    Repeated,
    /// The signature counter is not higher than before.
    WentBack {
        /// What it was before.
        stored: u32,
    },
    /// The user has no such passkey.
    Gone,
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
