//! What all commands use: the environment, stdout, and an error with a message for the terminal.

use std::io::{self, Write as _};

/// A message for the person at the terminal.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct CliError(String);

impl CliError {
    pub(super) fn new(text: impl std::fmt::Display) -> Self {
        Self(text.to_string())
    }
}

/// This process's environment variables. Pairs that are not UTF-8 are skipped; they cannot be settings.
pub(super) fn pairs() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Writes to stdout. A closed pipe is not an error.
pub(super) fn print(text: &str) -> Result<(), CliError> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::new(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
