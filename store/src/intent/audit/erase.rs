//! Deletes the audit rows of a person.

use crate::error::StoreError;
use crate::intent::WriteIntent;
use crate::limits::audit::{SUBJECT, TENANT};
use crate::record::{AuditCursor, AuditRecord, Short};
use crate::rows::audit::{self, Scan, Span};
use crate::tables::keys::{audit_key, subject_digest};
use crate::tables::{Order, Write};

/// Deletes audit rows about a person who demands it. One transaction deletes one batch of rows, so that it does not
/// block other writes for long. Whole rows are deleted, and not only the name in them, because address, client and
/// detail may identify a person as well. Rows in which the person is only the `actor` are kept: they tell what was done
/// to others.
#[derive(Clone, Debug)]
pub struct EraseSubject {
    /// The person: the subject of the rows.
    pub subject: Short<SUBJECT>,
    /// Only rows of this tenant (a protected MCP server) are deleted, because the same subject may be another person at
    /// another tenant. With `None`, the rows of every tenant are deleted. Rows of the subject that cannot be decoded
    /// are deleted in any case, because nobody can tell their tenant.
    pub tenant: Option<Short<TENANT>>,
    /// Where the previous batch ended; `None` for the first batch.
    pub after: Option<AuditCursor>,
    /// The maximum number of the subject's rows that are read in this transaction.
    pub batch: usize,
}

/// The result of [`EraseSubject`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many rows were deleted.
    pub rows: usize,
    /// Where this batch ended: the `after` of the next one.
    pub cursor: Option<AuditCursor>,
    /// Whether there may be further rows.
    pub more: bool,
}

impl EraseSubject {
    /// Whether the row is to be deleted.
    pub(crate) fn concerns(&self, row: &AuditRecord) -> bool {
        row.subject.as_ref() == Some(&self.subject) && (self.tenant.is_none() || self.tenant == row.tenant)
    }
}

impl WriteIntent for EraseSubject {
    type Output = Erased;

    fn run(&self, tx: &impl Write) -> Result<Erased, StoreError> {
        let subject = subject_digest(&self.subject);
        let mut scan = Scan::new(&Span {
            class: None,
            order: Order::OldestFirst,
            after: self.after,
            since: None,
            until: None,
            subject: Some(subject),
            expected: self.batch,
        });
        let mut erased = Erased { cursor: self.after, ..Erased::default() };
        for _ in 0..self.batch {
            let Some(found) = scan.next(tx)? else { return Ok(erased) };
            erased.cursor = Some(found.cursor);
            if found.row.is_ok_and(|row| !self.concerns(&row)) {
                continue;
            }
            audit::remove(tx, found.class, &audit_key(found.cursor, Some(&subject)))?;
            erased.rows += 1;
        }
        erased.more = true;
        Ok(erased)
    }
}
