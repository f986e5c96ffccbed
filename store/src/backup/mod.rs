//! Backups: everything in the store, encrypted, in one file.
//!
//! The file: `magic(8) ‖ key id(8) ‖ nonce prefix(7)`, then frames `last(1) ‖ length(4, big-endian) ‖ ciphertext`.
//! The frames are STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over AES-256-GCM-SIV under a sub-key of the
//! encryption key, the head being associated data: frames cannot be changed, left out, put in another order or cut
//! off unnoticed. Inside are whole entries: `table ‖ key ‖ value`, each after its length (4, big-endian).

mod format;
mod transfer;

pub use format::{Reader, Writer};
pub use transfer::{back_up, restore};

use crate::StoreError;
use crate::crypto::SealError;

/// Why a backup cannot be made or restored. For the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Reading or writing the file failed.
    #[error("the backup: {0}")]
    Io(#[from] std::io::Error),
    /// Not one.
    #[error("this is not a backup of MCPBouncer")]
    Foreign,
    /// Another encryption key.
    #[error(
        "the backup was made under an encryption key that is not configured (BOUNCER_ENCRYPTION_KEY, \
         BOUNCER_ENCRYPTION_KEYS_PREVIOUS)"
    )]
    UnknownKey,
    /// Changed.
    #[error("the backup is damaged or was changed")]
    Damaged,
    /// Not all there.
    #[error("the backup is not complete: its end is missing")]
    Incomplete,
    /// No randomness.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}
