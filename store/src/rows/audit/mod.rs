//! Rows of the audit table, with the list of their subjects.

mod scan;

pub(crate) use scan::{Scan, Span};

use crate::decide;
use crate::error::StoreError;
use crate::outcome::{Appended, AuditLimits};
use crate::record::{AuditClass, AuditRecord};
use crate::tables::Write;
use crate::tables::keys::{
    AUDIT_SUBJECTS, audit_key, audit_subject_key, audit_table, encode, read_audit_key, subject_digest,
};
use protocol::time::UnixTime;

/// Appends those rows whose table has room.
pub(crate) fn append(
    tx: &impl Write,
    rows: &[AuditRecord],
    limits: &AuditLimits,
) -> Result<Appended, StoreError> {
    let mut appended = Appended::default();
    for class in [AuditClass::Proven, AuditClass::Unproven] {
        let mut rows = rows.iter().filter(|row| row.class == class).peekable();
        if rows.peek().is_none() {
            continue;
        }
        let mut count = tx.rough_count(audit_table(class))?;
        for row in rows {
            if decide::audit_is_full(count, limits, class) {
                appended.full += 1;
            } else {
                put(tx, row)?;
                count += 1;
                appended.written += 1;
            }
        }
    }
    Ok(appended)
}

fn put(tx: &impl Write, row: &AuditRecord) -> Result<(), StoreError> {
    let subject = row.subject.as_ref().map(|subject| subject_digest(subject));
    let key = audit_key(row.cursor(), subject.as_ref());
    tx.put_bytes(audit_table(row.class), &key, &encode(row)?)?;
    if subject.is_some() { tx.index(AUDIT_SUBJECTS, &audit_subject_key(row.class, &key)) } else { Ok(()) }
}

/// Deletes the row with this key.
pub(crate) fn remove(tx: &impl Write, class: AuditClass, key: &[u8]) -> Result<(), StoreError> {
    tx.remove_bytes(audit_table(class), key)?;
    let has_subject = read_audit_key(key).is_some_and(|(_, subject)| subject.is_some());
    if has_subject { tx.unindex(AUDIT_SUBJECTS, &audit_subject_key(class, key)) } else { Ok(()) }
}

/// Deletes rows that are old or too many, the oldest first, at most `batch`; returns their number.
pub(crate) fn sweep(
    tx: &impl Write,
    class: AuditClass,
    now: UnixTime,
    limits: &AuditLimits,
    batch: usize,
) -> Result<usize, StoreError> {
    let table = audit_table(class);
    let old = decide::audit_old(now, limits).as_secs().to_be_bytes();
    let mut due = tx.keys(table, &[], &old, batch)?;
    if due.len() < batch {
        // The oldest rows are deleted first, so rows beyond the maximum number are those that follow the old rows.
        let left = tx.rough_count(table)?.saturating_sub(due.len() as u64);
        let excess = usize::try_from(left.saturating_sub(limits.left(class))).unwrap_or(usize::MAX);
        let room = excess.min(batch - due.len());
        if room > 0 {
            due.extend(tx.keys(table, &old, &LAST, room)?);
        }
    }
    for key in &due {
        remove(tx, class, key)?;
    }
    Ok(due.len())
}

/// Sorts after every key of a row.
const LAST: [u8; 40] = [0xff; 40];
