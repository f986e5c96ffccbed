//! Reads rows of the audit table.

use super::filter::AuditFilter;
use crate::error::{DamagedRecord, StoreError};
use crate::intent::ReadIntent;
use crate::record::{AuditCursor, AuditRecord};
use crate::rows::audit::{Scan, Span};
use crate::tables::keys::subject_digest;
use crate::tables::{Order, Read};

/// Reads rows of both classes, merged by time. One call reads a limited number of rows; continue with the cursor of
/// the result.
///
/// To follow the events, read the oldest rows first, and after the end call again with the last cursor. A row may be
/// committed after later rows, because its transaction took longer or because the clock of another sidecar, which
/// wrote it, is behind. So a follower reads rows younger than [`LATE_SECS`](crate::limits::audit::LATE_SECS) again,
/// with `after` set to [`AuditCursor::back`], and leaves out those that it has seen.
#[derive(Clone, Debug)]
pub struct FindAudit {
    /// Selects the rows.
    pub filter: AuditFilter,
    /// The order of the rows by time.
    pub order: Order,
    /// Only rows after this place, in this order; `None`: from the beginning.
    pub after: Option<AuditCursor>,
    /// The maximum number of rows in the result.
    pub limit: usize,
    /// The maximum number of rows that are read to find them. With a subject in the filter, only rows of this subject
    /// are read.
    pub scan_limit: usize,
}

/// The result of [`FindAudit`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// The rows.
    pub rows: Vec<AuditRecord>,
    /// Rows that cannot be read, whether or not the filter would select them.
    pub unreadable: Vec<DamagedRecord>,
    /// The place of the last row that was read: the `after` of the next call. `None` only if no row was read and no
    /// `after` was given.
    pub cursor: Option<AuditCursor>,
    /// Whether a limit ended this call, so that there may be more rows.
    pub more: bool,
}

impl ReadIntent for FindAudit {
    type Output = AuditPage;

    fn run(&self, tx: &impl Read) -> Result<AuditPage, StoreError> {
        let mut scan = Scan::new(&self.span());
        let mut page = AuditPage { cursor: self.after, ..AuditPage::default() };
        for read in 0.. {
            if read >= self.scan_limit || page.rows.len() >= self.limit {
                page.more = true;
                break;
            }
            let Some(found) = scan.next(tx)? else { break };
            page.cursor = Some(found.cursor);
            match found.row {
                Ok(row) if self.filter.matches(&row) => page.rows.push(row),
                Ok(_) => {}
                Err(unreadable) => page.unreadable.push(unreadable),
            }
        }
        Ok(page)
    }
}

impl FindAudit {
    fn span(&self) -> Span {
        let AuditFilter { class, since, until, subject, .. } = &self.filter;
        Span {
            class: *class,
            order: self.order,
            after: self.after,
            since: *since,
            until: *until,
            subject: subject.as_ref().map(|subject| subject_digest(subject)),
            expected: self.limit.min(self.scan_limit),
        }
    }
}
