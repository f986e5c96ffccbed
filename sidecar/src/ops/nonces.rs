//! Remembers the nonces of accepted proofs for as long as the proofs are valid.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use protocol::time::{CLOCK_SKEW, UnixTime};

use super::proof::Nonce;

/// The maximum number of nonces that are remembered. One server accepts at most this many proofs in two minutes. Only
/// proofs with a valid tag need a place, so strangers cannot use up the places.
pub const MOST_NONCES: usize = 8_192;

/// The nonces of accepted proofs.
#[derive(Debug, Default)]
pub(super) struct Nonces(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// The nonces, each with the time of its proof.
    nonces: BTreeSet<(UnixTime, Nonce)>,
    /// The latest time of the proofs whose nonces were forgotten.
    forgotten: Option<UnixTime>,
}

/// Why a nonce is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spent {
    /// The nonce was accepted before, or may have been.
    Replayed,
    /// There is no place for one more nonce.
    Full,
}

impl Nonces {
    /// Accepts the nonce of a proof that is valid now. Fails if the nonce was accepted before.
    pub(super) fn accept(&self, at: UnixTime, nonce: Nonce, now: UnixTime) -> Result<(), Spent> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(oldest) = seen.nonces.first().filter(|(at, _)| now.since(*at) > CLOCK_SKEW).copied() {
            seen.nonces.pop_first();
            seen.forgotten = seen.forgotten.max(Some(oldest.0));
        }
        // If the clock was set back, proofs become valid again whose nonces are forgotten.
        if seen.forgotten.is_some_and(|forgotten| at <= forgotten) || seen.nonces.contains(&(at, nonce)) {
            return Err(Spent::Replayed);
        }
        if seen.nonces.len() >= MOST_NONCES {
            return Err(Spent::Full);
        }
        seen.nonces.insert((at, nonce));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: UnixTime = UnixTime::new(1_000_000);

    fn nonce(n: usize) -> Nonce {
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&(n as u64).to_be_bytes());
        nonce
    }

    #[test]
    fn a_nonce_is_accepted_once_as_long_as_its_proof_is_valid() {
        let nonces = Nonces::default();
        // The clock of the caller may be ahead by a minute.
        let at = T0.plus(CLOCK_SKEW);
        assert_eq!(nonces.accept(at, nonce(1), T0), Ok(()));
        for secs in [0, 1, 60, 120] {
            assert_eq!(nonces.accept(at, nonce(1), T0.plus(secs)), Err(Spent::Replayed), "after {secs} s");
        }
        assert_eq!(nonces.accept(at, nonce(2), T0.plus(120)), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_revives_no_nonce() {
        let nonces = Nonces::default();
        assert_eq!(nonces.accept(T0, nonce(1), T0), Ok(()));
        assert_eq!(nonces.accept(T0.plus(500), nonce(2), T0.plus(500)), Ok(()));
        assert_eq!(nonces.accept(T0, nonce(1), T0), Err(Spent::Replayed));
        assert_eq!(nonces.accept(T0.plus(1), nonce(3), T0), Ok(()));
    }

    #[test]
    fn the_memory_is_bounded_and_becomes_free_again() {
        let nonces = Nonces::default();
        for n in 0..MOST_NONCES {
            assert_eq!(nonces.accept(T0, nonce(n), T0), Ok(()));
        }
        assert_eq!(nonces.accept(T0, nonce(MOST_NONCES), T0), Err(Spent::Full));
        assert_eq!(nonces.accept(T0.plus(61), nonce(MOST_NONCES), T0.plus(61)), Ok(()));
    }
}
