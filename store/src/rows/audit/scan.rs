//! Reads rows in order, a chunk at a time.

use crate::error::{DamagedRecord, StoreError};
use crate::record::{AuditClass, AuditCursor, AuditRecord, CURSOR};
use crate::tables::keys::{
    AUDIT_SUBJECTS, SubjectDigest, audit_subject_key, audit_table, decode_from, key, key_text, read_audit_key,
};
use crate::tables::{Order, Read};
use protocol::time::UnixTime;
use std::collections::VecDeque;

/// The maximum number of rows that are read at once.
const LARGEST_CHUNK: usize = 1_000;

/// Keys and values of rows.
type Rows = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Selects the rows that are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) class: Option<AuditClass>,
    pub(crate) order: Order,
    /// Only rows after this place, in this order.
    pub(crate) after: Option<AuditCursor>,
    pub(crate) since: Option<UnixTime>,
    pub(crate) until: Option<UnixTime>,
    /// Only rows of this subject, which are found in [`AUDIT_SUBJECTS`].
    pub(crate) subject: Option<SubjectDigest>,
    /// How many rows are probably needed.
    pub(crate) expected: usize,
}

/// A row, or why it cannot be read.
pub(crate) struct Found {
    pub(crate) class: AuditClass,
    pub(crate) cursor: AuditCursor,
    pub(crate) row: Result<AuditRecord, DamagedRecord>,
}

impl Found {
    /// Decodes a row; `None` if the key is malformed, so that the row has no place.
    fn of(class: AuditClass, key: &[u8], value: &[u8]) -> Option<Self> {
        let table = audit_table(class);
        let (cursor, _) = read_audit_key(key)?;
        let row = match decode_from::<AuditRecord>(table, key, value) {
            Ok(row) => Ok(cursor.placed(row, class)),
            Err(StoreError::Damaged { table, id, reason }) => Err(DamagedRecord { table, id, reason }),
            Err(error) => Err(DamagedRecord { table, id: key_text(key), reason: error.to_string() }),
        };
        Some(Self { class, cursor, row })
    }
}

/// The rows of both classes, or of one, in one order.
pub(crate) struct Scan {
    order: Order,
    sources: Vec<Source>,
}

impl Scan {
    /// The rows of `span`.
    pub(crate) fn new(span: &Span) -> Self {
        let all = [AuditClass::Proven, AuditClass::Unproven];
        let wanted = all.into_iter().filter(|class| span.class.is_none_or(|wanted| wanted == *class));
        Self { order: span.order, sources: wanted.map(|class| Source::new(span, class)).collect() }
    }

    /// Takes the next row; `None` if all rows have been taken.
    pub(crate) fn next(&mut self, tx: &impl Read) -> Result<Option<Found>, StoreError> {
        let mut next: Option<(AuditCursor, &mut Source)> = None;
        for source in &mut self.sources {
            let Some(cursor) = source.peek(tx)? else { continue };
            let sooner = next.as_ref().is_none_or(|(first, _)| match self.order {
                Order::NewestFirst => cursor > *first,
                Order::OldestFirst => cursor < *first,
            });
            if sooner {
                next = Some((cursor, source));
            }
        }
        Ok(next.and_then(|(_, source)| source.read.pop_front()))
    }
}

/// The rows of one class.
struct Source {
    class: AuditClass,
    order: Order,
    subject: Option<SubjectDigest>,
    /// The keys still to be read: from `from` (inclusive) to `to` (exclusive).
    from: Vec<u8>,
    to: Vec<u8>,
    chunk: usize,
    ended: bool,
    read: VecDeque<Found>,
}

impl Source {
    fn new(span: &Span, class: AuditClass) -> Self {
        let second = |time: UnixTime| time.as_secs().to_be_bytes().to_vec();
        let (mut from, mut to) = (span.since.map_or_else(Vec::new, second), vec![0xff; CURSOR]);
        to = span.until.map_or(to, second);
        if let Some(after) = span.after.map(AuditCursor::bytes) {
            match span.order {
                Order::NewestFirst => to = to.min(after.to_vec()),
                // No key continues a cursor with this many bytes of 0xff.
                Order::OldestFirst => from = from.max(key(&[&after, &[0xff; 40]])),
            }
        }
        let chunk = span.expected.clamp(1, LARGEST_CHUNK);
        let (order, subject) = (span.order, span.subject);
        Self { class, order, subject, ended: from >= to, from, to, chunk, read: VecDeque::new() }
    }

    /// The place of the next row; `None` if all rows have been taken.
    fn peek(&mut self, tx: &impl Read) -> Result<Option<AuditCursor>, StoreError> {
        while self.read.is_empty() && !self.ended {
            self.read_chunk(tx)?;
        }
        Ok(self.read.front().map(|found| found.cursor))
    }

    fn read_chunk(&mut self, tx: &impl Read) -> Result<(), StoreError> {
        let entries = match self.subject {
            None => self.of_all(tx)?,
            Some(subject) => self.of_subject(tx, &subject)?,
        };
        self.ended = entries.len() < self.chunk;
        if let Some((last, _)) = entries.last() {
            match self.order {
                Order::NewestFirst => self.to.clone_from(last),
                Order::OldestFirst => self.from = key(&[last, &[0]]),
            }
        }
        self.chunk = (2 * self.chunk).min(LARGEST_CHUNK);
        let class = self.class;
        self.read.extend(entries.into_iter().filter_map(|(key, value)| Found::of(class, &key, &value?)));
        Ok(())
    }

    /// Reads the next rows of the class.
    fn of_all(&self, tx: &impl Read) -> Result<Rows, StoreError> {
        let entries = tx.range(audit_table(self.class), &self.from, &self.to, self.order, self.chunk)?;
        Ok(entries.into_iter().map(|(key, value)| (key, Some(value))).collect())
    }

    /// Reads the next rows of a subject; `None` stands for an index entry without a row.
    fn of_subject(&self, tx: &impl Read, subject: &SubjectDigest) -> Result<Rows, StoreError> {
        let bound = |key: &[u8]| audit_subject_key(self.class, key);
        let (from, to) = (bound(&self.from), bound(&self.to));
        let entries = tx.keys_ending(AUDIT_SUBJECTS, &from, &to, subject, self.order, self.chunk)?;
        let keys: Vec<Vec<u8>> =
            entries.iter().map(|entry| entry.get(1..).unwrap_or_default().to_vec()).collect();
        let values = tx.values(audit_table(self.class), &keys)?;
        Ok(keys.into_iter().zip(values).collect())
    }
}
