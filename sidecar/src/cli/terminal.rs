//! What all commands use: the environment, stdout, and an error with a message for the terminal.

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::config::{Config, FirstStart};

/// The exit codes of a command that failed; `--help` lists them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Exit {
    /// Any failure that has no code of its own.
    #[default]
    Failed = 1,
    /// The arguments do not make sense; clap's code for its own errors.
    Usage = 2,
    /// No sidecar responds.
    Unreachable = 3,
    /// The sidecar refuses the request, because it has another encryption key.
    Refused = 4,
    /// What the arguments name does not exist.
    NotFound = 5,
}

/// A message for the person at the terminal, and the exit code.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(super) struct CliError {
    text: String,
    exit: Exit,
}

impl CliError {
    pub(super) fn new(text: impl std::fmt::Display) -> Self {
        Self { text: text.to_string(), exit: Exit::default() }
    }

    /// Sets the exit code.
    pub(super) const fn exiting(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The exit code.
    pub(super) const fn exit(&self) -> Exit {
        self.exit
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

/// Returns the exit code of a program, and writes its error to stderr.
pub(super) fn reported(done: Result<(), CliError>, program: &str) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{program}: {error}");
            ExitCode::from(error.exit as u8)
        }
    }
}

/// Reads the settings from the process environment. Fails if there is no encryption key.
pub(super) fn environment() -> Result<Config, CliError> {
    environment_of(FirstStart::Refuse)
}

/// Reads the settings from the process environment; `first` says what happens if there is neither an encryption key
/// nor a store.
pub(super) fn environment_of(first: FirstStart<'_>) -> Result<Config, CliError> {
    Config::for_start(pairs(), first).map_err(|error| CliError::new(error.0.join("\nmcpbouncer: ")))
}
