//! The source of randomness, which all other code takes as a parameter.
//!
//! This is the only file that may ask the operating system for random bytes. Tests pass an [`Entropy`] with a seed, so
//! they are repeatable.

use sha2::{Digest, Sha256};
use std::sync::Mutex;

/// A source of random bytes that are suitable for keys, nonces and secrets.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `out` with random bytes. After an error, `out` must not be used.
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system did not provide random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random source failed: {0}")]
pub struct EntropyError(pub(crate) String);

/// `N` random bytes from `entropy`.
pub fn random_bytes<const N: usize>(entropy: &dyn Entropy) -> Result<[u8; N], EntropyError> {
    let mut out = [0; N];
    entropy.fill(&mut out)?;
    Ok(out)
}

/// The operating system's source of randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws randomness")]
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(out).map_err(|e| EntropyError(e.to_string()))
    }
}

/// A repeatable source for tests: SHA-256 over a seed and a counter. Not for production.
pub struct SeededEntropy {
    seed: u64,
    counter: Mutex<u64>,
}

impl std::fmt::Debug for SeededEntropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SeededEntropy")
    }
}

impl SeededEntropy {
    /// A source whose whole output is determined by `seed`.
    pub const fn new(seed: u64) -> Self {
        Self { seed, counter: Mutex::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        let mut counter = self.counter.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in out.chunks_mut(32) {
            *counter += 1;
            let block = Sha256::new()
                .chain_update(self.seed.to_be_bytes())
                .chain_update(counter.to_be_bytes())
                .finalize();
            for (to, from) in chunk.iter_mut().zip(block) {
                *to = from;
            }
        }
        drop(counter);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_never_repeats_a_block() {
        let (a, b) = (SeededEntropy::new(1), SeededEntropy::new(1));
        let first: [u8; 40] = random_bytes(&a).unwrap();
        assert_eq!(first, random_bytes::<40>(&b).unwrap());
        assert_ne!(first, random_bytes::<40>(&a).unwrap());
        assert_ne!(first, random_bytes::<40>(&SeededEntropy::new(2)).unwrap());
    }

    #[test]
    fn the_system_source_fills_the_whole_buffer() {
        let bytes: [u8; 64] = random_bytes(&SystemEntropy).unwrap();
        assert_ne!(bytes, [0; 64]);
        assert_ne!(bytes, random_bytes::<64>(&SystemEntropy).unwrap());
    }
}
