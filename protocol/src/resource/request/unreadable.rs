//! What the host does not let the gate read.

/// Why something about the request cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unreadable {
    /// It is longer than the plugin reads: the client's fault.
    TooLarge,
    /// The host could not be asked, or the file could not be read; the text is for the log.
    Failed(String),
}
