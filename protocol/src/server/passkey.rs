//! Passkeys (WebAuthn) of local users: whether what an authenticator has signed is accepted.
//!
//! A passkey whose authenticator has verified its user stands for the password and for the second factor. The caller has
//! checked the signature and what it covers; [`decide`] compares it with what was accepted before, inside the transaction that
//! stores it. The proof cannot be made by hand:
//! ```compile_fail
//! use protocol::server::passkey::PasskeyProof;
//! let forged = PasskeyProof { subject: "eve".to_owned() };
//! ```

/// A user has signed in with a passkey.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PasskeyProof {
    subject: String,
}

/// What is stored of a passkey, as far as the decision depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// Whose it is: `sub`.
    pub subject: &'a str,
    /// The signature counter that was accepted last.
    pub counter: u32,
    /// The hash of what was signed then; `None` if the passkey was not used yet.
    pub last: Option<&'a [u8; 32]>,
}

/// What an authenticator has signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Presented {
    /// Its signature counter; 0 if it does not count.
    pub counter: u32,
    /// The hash of the client data, which contain the challenge.
    pub signed: [u8; 32],
}

/// What becomes of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// It is accepted, and will not be accepted again.
    Accepted(PasskeyProof),
    /// It is what was accepted last: the user may have sent the same form twice.
    Repeated,
    /// The counter is not higher than before: somebody may have a copy of the passkey (WebAuthn §6.1.1).
    WentBack,
}

/// Decides about what was presented.
pub fn decide(stored: &Stored<'_>, presented: &Presented) -> Decision {
    if stored.last == Some(&presented.signed) {
        return Decision::Repeated;
    }
    let counts = stored.counter != 0 || presented.counter != 0;
    if counts && presented.counter <= stored.counter {
        return Decision::WentBack;
    }
    Decision::Accepted(PasskeyProof { subject: stored.subject.to_owned() })
}

impl PasskeyProof {
    /// Whose it is: `sub`.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(before: u32, now: u32, signed: u8) -> Decision {
        let stored = Stored { subject: "ann", counter: before, last: Some(&[1; 32]) };
        decide(&stored, &Presented { counter: now, signed: [signed; 32] })
    }

    #[test]
    fn the_counter_rises_or_is_never_used() {
        for (before, now) in [(0, 0), (0, 1), (7, 8), (7, u32::MAX)] {
            let decided = decision(before, now, 2);
            assert!(matches!(&decided, Decision::Accepted(proof) if proof.subject() == "ann"), "{decided:?}");
        }
        for (before, now) in [(7, 7), (7, 6), (7, 0), (u32::MAX, 0)] {
            assert_eq!(decision(before, now, 2), Decision::WentBack, "{before} {now}");
        }
    }

    #[test]
    fn what_was_signed_is_accepted_once() {
        for (before, now) in [(0, 0), (7, 7), (7, 8)] {
            assert_eq!(decision(before, now, 1), Decision::Repeated);
        }
        let unused = Stored { subject: "ann", counter: 0, last: None };
        let presented = Presented { counter: 0, signed: [1; 32] };
        assert!(matches!(decide(&unused, &presented), Decision::Accepted(_)));
    }
}
