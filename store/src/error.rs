//! Why the store could not do its work.

use crate::crypto::SealError;

/// A record that cannot be read. What it held is lost; the other records are not affected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{table} {id}: {reason}")]
pub struct DamagedRecord {
    /// Where.
    pub table: &'static str,
    /// Its key, as text or base64url. It holds no secret, at most the hash of one.
    pub id: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Why an operation failed. It changed nothing. One exception: if the database fails while it makes a change durable
/// ([`Self::Backend`]), the change is either there as a whole or not at all.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Too many writes are waiting: try again a little later.
    #[error("too many writes are waiting")]
    Busy,
    /// The database failed.
    #[error("the database failed: {0}")]
    Backend(String),
    /// A record cannot be read.
    #[error("a record in {table} is damaged: {id}: {reason}")]
    Damaged {
        /// Where.
        table: &'static str,
        /// Its key, as text or base64url.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A record was written by a newer release.
    #[error("a record in {table} has format {found}, this release reads up to {known}")]
    Newer {
        /// Where.
        table: &'static str,
        /// Its format version.
        found: u8,
        /// The newest this release reads.
        known: u8,
    },
    /// A caller tried to store what must never be stored: an id that exists, a code for another client, a ring without
    /// an active key.
    #[error("refused to store: {0}")]
    Invariant(&'static str),
    /// A sealed value cannot be opened or sealed again.
    #[error("a sealed value in {table} {id}: {source}")]
    Seal {
        /// Where.
        table: &'static str,
        /// The key of its record, as text or base64url.
        id: String,
        /// Why.
        source: SealError,
    },
    /// The task that ran the operation was lost at shutdown.
    #[error("the store is shutting down")]
    Stopped,
}
