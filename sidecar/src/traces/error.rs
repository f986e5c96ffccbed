//! Why traces cannot be exported.

/// Why traces cannot be exported. The message is one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TracesError(pub(super) String);
