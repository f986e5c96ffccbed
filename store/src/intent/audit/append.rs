//! Writing rows.

use crate::error::StoreError;
use crate::intent::WriteIntent;
use crate::outcome::{Appended, AuditLimits};
use crate::record::AuditRecord;
use crate::rows::audit;
use crate::tables::Write;

/// Runs an operation and appends the rows that `rows` makes of its result, **in the same transaction**: both take
/// effect or neither does. If a table is full, its rows are not written, and the operation takes effect nevertheless.
/// An operation that fails writes no row.
///
/// `rows` may be called more than once, each time with another result; the rows of the last call are written. Take the
/// ids of the rows ([`AuditIds`](crate::record::AuditIds)) before the operation, so that each call makes the same row.
///
/// An operation that changes nothing needs no sync of the disk; with a row it needs one.
#[derive(Clone, Debug)]
pub struct Audited<I, R> {
    /// The operation.
    pub intent: I,
    /// Makes the rows.
    pub rows: R,
    /// The limits of the audit table.
    pub limits: AuditLimits,
}

impl<I, R> Audited<I, R>
where
    I: WriteIntent,
    R: Fn(&I::Output) -> Vec<AuditRecord> + Send + 'static,
{
    /// `intent` with its rows. (Unlike the fields, this tells the compiler the type of the parameter of `rows`.)
    pub const fn new(intent: I, limits: AuditLimits, rows: R) -> Self {
        Self { intent, rows, limits }
    }
}

impl<I, R> WriteIntent for Audited<I, R>
where
    I: WriteIntent,
    R: Fn(&I::Output) -> Vec<AuditRecord> + Send + 'static,
{
    type Output = (I::Output, Appended);

    fn run(&self, tx: &impl Write) -> Result<Self::Output, StoreError> {
        let output = self.intent.run(tx)?;
        let appended = audit::append(tx, &(self.rows)(&output), &self.limits)?;
        Ok((output, appended))
    }
}

/// Appends rows of events that change nothing else.
#[derive(Clone, Debug)]
pub struct Append {
    /// The rows.
    pub rows: Vec<AuditRecord>,
    /// The limits of the audit table.
    pub limits: AuditLimits,
}

impl WriteIntent for Append {
    type Output = Appended;

    fn run(&self, tx: &impl Write) -> Result<Appended, StoreError> {
        audit::append(tx, &self.rows, &self.limits)
    }
}
