//! Passkeys (WebAuthn) of local users: decides whether a signature of an authenticator is accepted.
//!
//! A passkey whose authenticator has verified its user replaces the password and the second factor. The caller has
//! checked the signature and the data that it covers. [`decide`] compares it with the last accepted signature, inside
//! the transaction that stores the result. No other code can make a [`PasskeyProof`]:

/// The proof that a user has signed in with a passkey.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PasskeyProof {
    subject: String,
}

/// The part of a stored passkey on which the decision depends.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// The `sub` of the user to whom the passkey belongs.
    pub subject: &'a str,
    /// The signature counter that was accepted last.
    pub counter: u32,
    /// The hash of the client data that were accepted last; `None` if the passkey was not used yet.
    pub last: Option<&'a [u8; 32]>,
}

/// A signature that an authenticator has made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Presented {
    /// The authenticator's signature counter; 0 if the authenticator does not count signatures.
    pub counter: u32,
    /// The hash of the signed client data, which contain the challenge.
    pub signed: [u8; 32],
}

/// The result of [`decide`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The signature is accepted. It will not be accepted again.
    Accepted(PasskeyProof),
    /// The signature is the one that was accepted last: the user may have sent the same form twice.
    Repeated,
    /// The signature counter is not higher than the stored one: somebody may have a copy of the passkey (WebAuthn
    /// §6.1.1).
    WentBack,
}

/// Decides whether the presented signature is accepted.
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
    /// The `sub` of the user who signed in.
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
