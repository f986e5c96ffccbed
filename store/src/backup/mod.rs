//! Backups: everything in the store, encrypted, in one file.
//!
//! The file consists of a header, `magic(8) ‖ key id(8) ‖ nonce prefix(7)`, and frames, `final(1) ‖ length(4,
//! big-endian) ‖ ciphertext`. The frames are encrypted with STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over
//! AES-256-GCM-SIV with a sub-key of the encryption key; the header is associated data. So frames cannot be changed,
//! removed, reordered or cut off unnoticed. A frame contains complete entries, `table ‖ key ‖ value`, each part
//! preceded by its length (4, big-endian).

mod error;
mod format;
mod transfer;

pub use error::BackupError;
pub use format::{Reader, Writer};
pub use transfer::{back_up, restore};
