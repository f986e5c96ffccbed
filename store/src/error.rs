//! Why an operation on the store failed.

use crate::crypto::SealError;

/// A record that cannot be read. Its content is lost; other records are not affected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{table} {id}: {reason}")]
pub struct DamagedRecord {
    /// The table.
    pub table: &'static str,
    /// The record's key, as text or base64url. It contains no secret, at most the hash of one.
    pub id: String,
    /// What is wrong with the record.
    pub reason: String,
}

/// Why an operation failed. A failed operation has changed nothing, with one exception: if the database fails while it
/// makes a change durable ([`Self::Backend`]), the change has been made either completely or not at all.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Too many operations are running: the queue is full, no connection is free, or this operation lost every
    /// conflict with others. Retry a little later.
    #[error("too many writes are waiting")]
    Busy,
    /// The database failed.
    #[error("the database failed: {0}")]
    Backend(String),
    /// A record cannot be read.
    #[error("a record in {table} is damaged: {id}: {reason}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// The record's key, as text or base64url.
        id: String,
        /// What is wrong with the record.
        reason: String,
    },
    /// A record was written by a newer release.
    #[error("a record in {table} has format {found}, this release reads up to {known}")]
    Newer {
        /// The table.
        table: &'static str,
        /// The record's format version.
        found: u8,
        /// The newest version that this release can read.
        known: u8,
    },
    /// The operation was refused because of a fault of the caller, or it panicked: the id to store exists already, a
    /// code is for another client, no signing key is active, a backup is restored into a store that is not empty.
    #[error("refused to store: {0}")]
    Invariant(&'static str),
    /// A sealed value cannot be opened, or cannot be sealed again.
    #[error("a sealed value in {table}, record {id}: {source}")]
    Seal {
        /// The table.
        table: &'static str,
        /// The record's key, as text or base64url.
        id: String,
        /// The cause.
        source: SealError,
    },
    /// The operation did not finish because the store is shutting down, or because its task panicked.
    #[error("the store is shutting down")]
    Stopped,
}
