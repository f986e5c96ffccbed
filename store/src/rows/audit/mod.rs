//! Rows of the audit table, with their index by subject.

mod scan;

pub(crate) use scan::{Scan, Span};

use crate::decide;
use crate::error::StoreError;
use crate::outcome::{Appended, AuditLimits};
use crate::record::{AuditClass, AuditCursor, AuditRecord};
use crate::tables::Write;
use crate::tables::keys::{
    AUDIT_BY_SUBJECT, SubjectDigest, audit_key, audit_table, encode, key, read_audit_key, subject_digest,
    subject_prefix,
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
    let (cursor, subject) = (row.cursor(), row.subject.as_ref().map(|subject| subject_digest(subject)));
    tx.put_bytes(audit_table(row.class), &audit_key(cursor, subject.as_ref()), &encode(row)?)?;
    subject.map_or(Ok(()), |subject| tx.index(AUDIT_BY_SUBJECT, &index_key(row.class, cursor, &subject)))
}

fn index_key(class: AuditClass, cursor: AuditCursor, subject: &SubjectDigest) -> Vec<u8> {
    key(&[&subject_prefix(subject, class), &cursor.bytes()])
}

/// Deletes the row with this key.
pub(crate) fn remove(tx: &impl Write, class: AuditClass, key: &[u8]) -> Result<(), StoreError> {
    tx.remove_bytes(audit_table(class), key)?;
    match read_audit_key(key) {
        Some((cursor, Some(subject))) => tx.unindex(AUDIT_BY_SUBJECT, &index_key(class, cursor, &subject)),
        Some((_, None)) | None => Ok(()),
    }
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
        // As the oldest rows are deleted first, those that are too many come after the old ones.
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
