//! Results of operations without their proofs.

use store::crypto::Sealed;
use store::record::GrantId;

/// [`store::Redeem`] without its proof, which a test cannot create for a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redeem {
    Done { crowded_out: Option<GrantId> },
    TooMany,
    AlreadySpent { grant: GrantId },
    Unknown,
}

/// [`store::DirectGrant`] without its proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direct {
    Done { grant: GrantId, created: bool, crowded_out: Option<GrantId> },
    TooMany,
    AssertionUsed,
}

/// [`store::Rotation`] without its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rotation {
    Rotated,
    Repeat { sealed_successor: Sealed },
    ReuseDetected { grant: GrantId },
    WrongClient,
    Gone,
}
