//! What keeps the tables: a redb file, or a PostgreSQL database that several sidecars share.
//!
//! An engine provides transactions over ordered tables. The operations are written once, over those tables, so that
//! engines cannot differ in what they decide.

pub mod postgres;
pub mod redb;

use crate::error::StoreError;
use crate::tables::{Read, Write};

/// A database of ordered tables.
pub(crate) trait Engine: Send + Sync + 'static {
    /// A snapshot.
    type Reader: Read;
    /// A transaction that writes.
    type Writer: Write;

    /// Reads in one snapshot.
    fn read<T>(&self, operation: impl Fn(&Self::Reader) -> Result<T, StoreError>) -> Result<T, StoreError>;

    /// One operation in one transaction, isolated from all others and durable before this returns; on an error
    /// nothing is changed. It may run more than once, each time on what is stored then.
    fn write<T: Send + 'static>(
        &self,
        operation: impl Fn(&Self::Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError>;

    /// Whether it can read and write; cheap as long as nothing failed.
    fn ready(&self) -> Result<(), StoreError>;
}
