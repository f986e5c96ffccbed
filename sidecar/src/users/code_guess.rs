//! Guesses of codes of the second factor, which are limited separately from those of passwords.

use super::throttle::{Charge, Target};
use super::types::Asker;

/// A guess that was charged.
#[derive(Clone, Debug)]
pub struct CodeGuess {
    pub(super) user: String,
    pub(super) asker: Asker,
    pub(super) charge: Charge,
}

impl CodeGuess {
    /// Whose code is guessed. Only users of the file get so far.
    pub(super) fn target(&self) -> Target<'_> {
        target(&self.user)
    }
}

/// Whose code is guessed.
pub(super) const fn target(user: &str) -> Target<'_> {
    Target { name: user, exists: true }
}
