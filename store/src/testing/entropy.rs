//! A source of randomness that fails when a test says so.

use crate::entropy::{Entropy, EntropyError, SeededEntropy};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a draw fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// The draw returns an error, as if the operating system had no random bytes.
    Error,
    /// The thread panics.
    Panic,
}

/// A source like [`SeededEntropy`] of which one draw can fail.
#[derive(Debug)]
pub struct FailingEntropy {
    seeded: SeededEntropy,
    /// How many draws succeed until one fails, and how it fails.
    fault: Mutex<Option<(usize, Draw)>>,
}

impl FailingEntropy {
    /// A source that does not fail yet.
    pub const fn new(seed: u64) -> Self {
        Self { seeded: SeededEntropy::new(seed), fault: Mutex::new(None) }
    }

    /// Lets the draw after `more` others fail; the draws after that one succeed.
    pub fn fail_after(&self, more: usize, draw: Draw) {
        *self.fault() = Some((more, draw));
    }

    /// Whether no draw is to fail any more: the draw has failed, or none was to.
    pub fn has_failed(&self) -> bool {
        self.fault().is_none()
    }

    fn fault(&self) -> MutexGuard<'_, Option<(usize, Draw)>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How this draw fails; `None` if it succeeds.
    fn strikes(&self) -> Option<Draw> {
        let mut fault = self.fault();
        let (more, draw) = (*fault)?;
        *fault = more.checked_sub(1).map(|more| (more, draw));
        (more == 0).then_some(draw)
    }
}

impl Entropy for FailingEntropy {
    #[expect(clippy::panic, reason = "a test asks for it")]
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        match self.strikes() {
            None => self.seeded.fill(out),
            Some(Draw::Error) => Err(EntropyError("a test says so".to_owned())),
            Some(Draw::Panic) => panic!("a test says so"),
        }
    }
}
