//! What all commands share: the terminal and the environment.

use std::io::{self, Write as _};

/// A sentence for the person at the terminal.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct CliError(String);

impl CliError {
    pub(super) fn new(text: impl std::fmt::Display) -> Self {
        Self(text.to_string())
    }
}

/// This process's environment. Names and values that are not text cannot be ours.
pub(super) fn pairs() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// To stdout; a reader that has gone away is no error worth a word.
pub(super) fn print(text: &str) -> Result<(), CliError> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::new(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
