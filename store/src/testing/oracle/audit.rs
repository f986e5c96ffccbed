//! The audit table: one map in the order of the rows.

use super::{OnOracle, Tables};
use crate::decide;
use crate::error::StoreError;
use crate::intent::WriteIntent;
use crate::intent::audit::{Append, AuditPage, Audited, EraseSubject, Erased, FindAudit, Order};
use crate::outcome::{Appended, AuditLimits};
use crate::record::{AuditClass, AuditCursor, AuditRecord};
use protocol::time::UnixTime;

impl<I, R> OnOracle<(<I as WriteIntent>::Output, Appended)> for Audited<I, R>
where
    I: WriteIntent + OnOracle<<I as WriteIntent>::Output>,
    R: Fn(&<I as WriteIntent>::Output) -> Vec<AuditRecord>,
{
    fn on(&self, tables: &mut Tables) -> Result<(<I as WriteIntent>::Output, Appended), StoreError> {
        let output = self.intent.on(tables)?;
        let appended = tables.append((self.rows)(&output), &self.limits);
        Ok((output, appended))
    }
}

impl OnOracle<Appended> for Append {
    fn on(&self, tables: &mut Tables) -> Result<Appended, StoreError> {
        Ok(tables.append(self.rows.clone(), &self.limits))
    }
}

impl OnOracle<AuditPage> for FindAudit {
    fn on(&self, tables: &mut Tables) -> Result<AuditPage, StoreError> {
        let filter = &self.filter;
        let in_span = |row: &&AuditRecord| {
            filter.class.is_none_or(|class| class == row.class)
                && filter.since.is_none_or(|since| since <= row.at)
                && filter.until.is_none_or(|until| row.at < until)
                && (filter.subject.is_none() || filter.subject == row.subject)
                && self.after.is_none_or(|after| match self.order {
                    Order::NewestFirst => row.cursor() < after,
                    Order::OldestFirst => after < row.cursor(),
                })
        };
        let mut rows: Vec<_> = tables.audit.values().filter(in_span).collect();
        if self.order == Order::NewestFirst {
            rows.reverse();
        }
        let mut page = AuditPage { cursor: self.after, ..AuditPage::default() };
        let mut rows = rows.into_iter();
        for read in 0.. {
            page.more = read >= self.scan_limit || page.rows.len() >= self.limit;
            if page.more {
                break;
            }
            let Some(row) = rows.next() else { break };
            page.cursor = Some(row.cursor());
            page.rows.extend(Some(row).filter(|row| filter.matches(row)).cloned());
        }
        Ok(page)
    }
}

impl OnOracle<Erased> for EraseSubject {
    fn on(&self, tables: &mut Tables) -> Result<Erased, StoreError> {
        let theirs = |row: &&AuditRecord| {
            row.subject.as_ref() == Some(&self.subject) && self.after.is_none_or(|after| after < row.cursor())
        };
        let rows: Vec<AuditRecord> = tables.audit.values().filter(theirs).take(self.batch).cloned().collect();
        let mut erased = Erased { rows: 0, cursor: self.after, more: rows.len() == self.batch };
        for row in rows {
            erased.cursor = Some(row.cursor());
            if self.concerns(&row) {
                tables.audit.remove(&(row.cursor(), row.class));
                erased.rows += 1;
            }
        }
        Ok(erased)
    }
}

impl Tables {
    fn append(&mut self, rows: Vec<AuditRecord>, limits: &AuditLimits) -> Appended {
        let mut appended = Appended::default();
        for row in rows {
            let count = self.audit.values().filter(|other| other.class == row.class).count();
            if decide::audit_is_full(count as u64, limits, row.class) {
                appended.full += 1;
            } else {
                self.audit.insert((row.cursor(), row.class), row);
                appended.written += 1;
            }
        }
        appended
    }

    /// Deletes rows that are old or too many, the oldest first, at most `batch`; returns their number.
    pub(super) fn sweep_audit(
        &mut self,
        class: AuditClass,
        now: UnixTime,
        limits: &AuditLimits,
        batch: usize,
    ) -> usize {
        let rows: Vec<_> = self.audit.keys().filter(|(_, other)| *other == class).copied().collect();
        let excess = (rows.len() as u64).saturating_sub(limits.left(class));
        let old = |cursor: AuditCursor| cursor.time() < decide::audit_old(now, limits);
        let due = rows.iter().enumerate().filter(|(at, (cursor, _))| (*at as u64) < excess || old(*cursor));
        let due: Vec<_> = due.take(batch).map(|(_, key)| *key).collect();
        for key in &due {
            self.audit.remove(key);
        }
        due.len()
    }
}
