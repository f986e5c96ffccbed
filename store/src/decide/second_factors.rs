//! The decisions about second factors.

use crate::outcome::SecondFactorUse;
use crate::record::SecondFactorRecord;
use crate::sealed::Sealed;
use protocol::server::second_factor::{Decision, Presented, SecondFactorProof, Stored, decide};

/// Returns the result of presenting a code, and the record to store if it changed.
pub(crate) fn use_second_factor(
    found: Option<SecondFactorRecord>,
    secret: &Sealed,
    presented: &Presented,
) -> (SecondFactorUse, Option<SecondFactorRecord>) {
    let Some(mut record) = found.filter(|record| record.secret == *secret) else {
        return (SecondFactorUse::Refused, None);
    };
    let proof = match decide(&record.stored(), presented) {
        Decision::Accepted(proof) => proof,
        Decision::Repeated => return (SecondFactorUse::Repeated, None),
        Decision::Refused => return (SecondFactorUse::Refused, None),
    };
    match presented {
        Presented::Step(step) => record.last_step = *step,
        Presented::Recovery(code) => {
            record.recovery.retain(|known| known != code);
            record.last_recovery = Some(*code);
        }
    }
    (SecondFactorUse::Accepted { proof, recovery_left: record.recovery.len() }, Some(record))
}

/// Returns the proof for a user who has just set up this second factor, by presenting the code of the time step
/// `last_step`. `None` if that step would not be accepted.
pub(crate) fn enrolled(record: &SecondFactorRecord) -> Option<SecondFactorProof> {
    let before = Stored { last_step: 0, ..record.stored() };
    match decide(&before, &Presented::Step(record.last_step)) {
        Decision::Accepted(proof) => Some(proof),
        Decision::Repeated | Decision::Refused => None,
    }
}
