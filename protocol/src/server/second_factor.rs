//! The second factor of local users: whether one is due after the password, and whether what was presented is accepted.
//!
//! A code of an authenticator (RFC 6238) is valid for one time step, and each step is accepted once: [`decide`]
//! compares it with the last accepted step, inside the transaction that stores it. A recovery code is accepted once.
//!
//! Code outside this module can construct neither proof:
//! ```compile_fail
//! use protocol::server::second_factor::NotDue;
//! let forged = NotDue { subject: "eve".to_owned() };
//! ```
//! ```compile_fail
//! use protocol::server::second_factor::SecondFactorProof;
//! let forged = SecondFactorProof { subject: "eve".to_owned() };
//! ```

/// Who needs a second factor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Demand {
    /// Only users who have set one up.
    Optional,
    /// Every local user. A user without a second factor sets one up when signing in.
    Required,
}

/// What is due after the password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Due {
    /// Nothing is due.
    Nothing(NotDue),
    /// A code is due.
    Code,
    /// The user has to set up a second factor.
    Enrolment,
}

/// Proof that no second factor is due for a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotDue {
    subject: String,
}

/// Proof that a user has presented the right second factor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecondFactorProof {
    subject: String,
}

/// The stored state of a user's second factor, as far as the decision depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// The user's `sub`.
    pub subject: &'a str,
    /// The time step of the last code that was accepted.
    pub last_step: u64,
    /// The hashes of the recovery codes that were not used.
    pub recovery: &'a [[u8; 32]],
    /// The hash of the recovery code that was used last.
    pub last_recovery: Option<&'a [u8; 32]>,
}

/// What a user presents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presented {
    /// The time step whose code was typed.
    Step(u64),
    /// The hash of a recovery code.
    Recovery([u8; 32]),
}

/// What becomes of a presented code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The code is accepted, and will not be accepted again.
    Accepted(SecondFactorProof),
    /// The code is the one that was accepted last: the user may have sent the same form twice.
    Repeated,
    /// The code is of an earlier time step than the last accepted code, or is an unknown recovery code.
    Refused,
}

/// What is due after the password of this user. `enrolled` says whether the user has set up a second factor.
pub fn due(demand: Demand, subject: &str, enrolled: bool) -> Due {
    match (enrolled, demand) {
        (true, _) => Due::Code,
        (false, Demand::Required) => Due::Enrolment,
        (false, Demand::Optional) => Due::Nothing(NotDue { subject: subject.to_owned() }),
    }
}

/// Decides whether the presented code is accepted.
pub fn decide(stored: &Stored<'_>, presented: &Presented) -> Decision {
    let accepted = || Decision::Accepted(SecondFactorProof { subject: stored.subject.to_owned() });
    match presented {
        Presented::Step(step) if *step > stored.last_step => accepted(),
        Presented::Step(step) if *step == stored.last_step => Decision::Repeated,
        Presented::Recovery(code) if stored.recovery.contains(code) => accepted(),
        Presented::Recovery(code) if stored.last_recovery == Some(code) => Decision::Repeated,
        Presented::Step(_) | Presented::Recovery(_) => Decision::Refused,
    }
}

impl Due {
    /// The proof that nothing is due, if nothing is.
    pub fn nothing(self) -> Option<NotDue> {
        match self {
            Self::Nothing(proof) => Some(proof),
            Self::Code | Self::Enrolment => None,
        }
    }
}

impl NotDue {
    /// The user's `sub`.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl SecondFactorProof {
    /// The user's `sub`.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: [[u8; 32]; 2] = [[1; 32], [2; 32]];

    fn stored() -> Stored<'static> {
        Stored { subject: "ann", last_step: 100, recovery: &CODES, last_recovery: Some(&[3; 32]) }
    }

    #[test]
    fn a_step_is_accepted_once_and_none_before_it() {
        let decision = |step| decide(&stored(), &Presented::Step(step));
        assert!(matches!(decision(101), Decision::Accepted(proof) if proof.subject() == "ann"));
        assert_eq!(decision(100), Decision::Repeated);
        assert_eq!(decision(99), Decision::Refused);
        assert_eq!(decision(0), Decision::Refused);
    }

    #[test]
    fn a_recovery_code_is_accepted_while_it_is_stored() {
        let decision = |byte| decide(&stored(), &Presented::Recovery([byte; 32]));
        assert!(matches!(decision(1), Decision::Accepted(_)) && matches!(decision(2), Decision::Accepted(_)));
        assert_eq!(decision(3), Decision::Repeated);
        assert_eq!(decision(4), Decision::Refused);
        let none = Stored { last_recovery: None, ..stored() };
        assert_eq!(decide(&none, &Presented::Recovery([3; 32])), Decision::Refused);
    }

    #[test]
    fn whoever_has_a_second_factor_needs_it_and_others_only_if_it_is_demanded() {
        for demand in [Demand::Optional, Demand::Required] {
            assert_eq!(due(demand, "ann", true), Due::Code);
        }
        assert_eq!(due(Demand::Required, "ann", false), Due::Enrolment);
        assert_eq!(due(Demand::Optional, "ann", false).nothing().unwrap().subject(), "ann");
        assert!(due(Demand::Required, "ann", false).nothing().is_none());
    }
}
