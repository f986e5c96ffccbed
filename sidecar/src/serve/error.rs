//! Why the server cannot start or run.

/// Why the server cannot start or run. The message is one sentence.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A setting, a file or a resource that the server needs cannot be used; the text names it and says why.
    #[error("{0}")]
    Start(String),
}

/// Returns the error that names what cannot be used (`what`) and says why.
pub(super) fn start(what: &str, error: impl std::fmt::Display) -> ServeError {
    ServeError::Start(format!("{what}: {error}"))
}
