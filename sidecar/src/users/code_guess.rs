//! Guesses of codes of the second factor. Their limits are separate from those for passwords.

use super::throttle::{Charge, Target};
use super::types::Asker;

/// A guess that was charged. Needed to take the charge back.
#[derive(Clone, Debug)]
pub struct CodeGuess {
    pub(super) user: String,
    pub(super) asker: Asker,
    pub(super) charge: Charge,
}

impl CodeGuess {
    /// Returns the user whose code is guessed.
    pub(super) fn target(&self) -> Target<'_> {
        target(&self.user)
    }
}

/// Returns the user whose code is guessed. Only a user of the users file, whose password was right, can get this far.
pub(super) const fn target(user: &str) -> Target<'_> {
    Target { name: user, exists: true }
}
