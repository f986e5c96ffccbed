//! Why a backup cannot be made or restored.

use crate::crypto::SealError;
use crate::error::StoreError;

/// Why a backup cannot be made or restored. For the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Reading or writing the file failed.
    #[error("the backup: {0}")]
    Io(#[from] std::io::Error),
    /// The file is not a backup.
    #[error("this is not a backup of MCPBouncer")]
    Foreign,
    /// It was made under another encryption key.
    #[error(
        "the backup was made under an encryption key that is not configured (BOUNCER_ENCRYPTION_KEY, \
         BOUNCER_ENCRYPTION_KEYS_PREVIOUS)"
    )]
    UnknownKey,
    /// Changed.
    #[error("the backup is damaged or was changed")]
    Damaged,
    /// Its end is missing.
    #[error("the backup is not complete: its end is missing")]
    Incomplete,
    /// No randomness.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}
