//! Why a backup cannot be made or restored.

use crate::crypto::SealError;
use crate::error::StoreError;

/// Why a backup cannot be made or restored. The messages are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Reading or writing the file failed.
    #[error("the backup: {0}")]
    Io(#[from] std::io::Error),
    /// The file is not a backup.
    #[error("this is not a backup of MCPBouncer")]
    Foreign,
    /// The backup was encrypted with a key that is not configured.
    #[error(
        "the backup was encrypted with an encryption key that is not configured (BOUNCER_ENCRYPTION_KEY, \
         BOUNCER_ENCRYPTION_KEYS_PREVIOUS)"
    )]
    UnknownKey,
    /// The content of the backup was changed.
    #[error("the backup is damaged or has been modified")]
    Damaged,
    /// The file ends before the end of the final frame.
    #[error("the backup is incomplete: its end is missing")]
    Incomplete,
    /// The random source failed while the backup was made.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed or refused the operation.
    #[error(transparent)]
    Store(#[from] StoreError),
}
