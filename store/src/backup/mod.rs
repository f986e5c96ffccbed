//! Backups: everything in the store, encrypted, in one file.
//!
//! The file: `magic(8) ‖ key id(8) ‖ nonce prefix(7)`, then frames `last(1) ‖ length(4, big-endian) ‖ ciphertext`.
//! The frames are STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over AES-256-GCM-SIV under a sub-key of the
//! encryption key, the head being associated data: frames cannot be changed, left out, put in another order or cut
//! off unnoticed. Inside are whole entries: `table ‖ key ‖ value`, each after its length (4, big-endian).

mod error;
mod format;
mod transfer;

pub use error::BackupError;
pub use format::{Reader, Writer};
pub use transfer::{back_up, restore};
