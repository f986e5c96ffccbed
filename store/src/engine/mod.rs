//! The databases that hold the tables: a redb file, or a PostgreSQL database that several sidecars share.
//!
//! An engine provides transactions over ordered tables. The operations are implemented once, on these tables, so the
//! engines cannot differ in their decisions.

pub mod postgres;
pub mod redb;

use crate::error::StoreError;
use crate::observe::Observed;
use crate::tables::{Read, Write};

/// A database of ordered tables.
pub(crate) trait Engine: Send + Sync + 'static {
    /// A transaction that reads one snapshot.
    type Reader: Read;
    /// A transaction that writes.
    type Writer: Write;

    /// Reads in one snapshot.
    fn read<T>(&self, operation: impl Fn(&Self::Reader) -> Result<T, StoreError>) -> Result<T, StoreError>;

    /// Runs one operation in one transaction, isolated from all others and durable before this returns. If it fails,
    /// nothing is changed. The operation may run more than once, each time with what is stored at that moment.
    fn write<T: Send + 'static>(
        &self,
        operation: impl Fn(&Self::Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError>;

    /// The observer of this engine, to which operations and commits are reported.
    fn observed(&self) -> &Observed;

    /// Fails if the engine cannot read and write. Cheap as long as nothing has failed.
    fn ready(&self) -> Result<(), StoreError>;
}
