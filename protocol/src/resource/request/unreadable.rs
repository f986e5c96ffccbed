//! Why the gate cannot read something.

/// Why something about the request cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unreadable {
    /// The value or file is longer than the plugin reads. If it is a part of the request, that is the client's fault.
    TooLarge,
    /// The host failed, or a file could not be read. The text is for the log.
    Failed(String),
}

impl Unreadable {
    /// Why a file cannot be used, for the log.
    pub(in crate::resource) fn of_file(self) -> String {
        match self {
            Self::TooLarge => "it is too large".to_owned(),
            Self::Failed(reason) => reason,
        }
    }
}
