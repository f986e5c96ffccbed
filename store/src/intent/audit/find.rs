//! Reading rows.

use super::filter::AuditFilter;
use crate::error::{DamagedRecord, StoreError};
use crate::intent::ReadIntent;
use crate::record::{AuditCursor, AuditRecord};
use crate::rows::audit::{Scan, Span};
use crate::tables::keys::subject_digest;
use crate::tables::{Order, Read};

/// Reads rows of both classes, in one order of time. One call reads a bounded number of rows; continue with the cursor
/// of the result.
///
/// To follow what happens, read oldest first, and after the end call again with the last cursor. A row may be
/// committed after later ones, because its transaction took longer or because it is another sidecar's, whose clock is
/// behind. So a follower reads again what is younger than [`LATE_SECS`](crate::limits::audit::LATE_SECS), with `after`
/// set to [`AuditCursor::back`], and leaves out what it has seen.
#[derive(Clone, Debug)]
pub struct FindAudit {
    /// Which rows.
    pub filter: AuditFilter,
    /// In which order.
    pub order: Order,
    /// Only rows after this place, in this order.
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
    /// The place up to which was read: the `after` of the next call. `None` only if nothing was read and no `after` was
    /// given.
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
