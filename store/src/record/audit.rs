//! Rows of the audit table: what happened, to whom, and with what result.

use super::short::Short;
use crate::entropy::{Entropy, EntropyError, random_bytes};
use crate::limits::audit::{ADDRESS, CLIENT, DETAIL, GRANT, KIND, OUTCOME, REASON, SUBJECT, TENANT};
use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};

/// One security event. It contains no secret. The store knows no list of kinds, reasons or outcomes; its callers do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRecord {
    /// When the event happened. Stored in the key, like the next field.
    #[serde(skip)]
    pub at: UnixTime,
    /// Tells the event apart from other events of the same second.
    #[serde(skip)]
    pub id: AuditId,
    /// Whether the cause of the event is proven; decides in which table the row is.
    #[serde(skip)]
    pub class: AuditClass,
    /// The kind of the event.
    pub kind: Short<KIND>,
    /// How the event ended.
    pub outcome: Short<OUTCOME>,
    /// Why the event ended so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Short<REASON>>,
    /// The tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Short<TENANT>>,
    /// The client id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Short<CLIENT>>,
    /// The user that the event is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Short<SUBJECT>>,
    /// The address that the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Short<ADDRESS>>,
    /// The grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Short<GRANT>>,
    /// Further information for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Short<DETAIL>>,
    /// Who caused the event, if not the subject: an administrator, a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Short<SUBJECT>>,
}

impl AuditRecord {
    /// A row without any of the optional texts.
    pub fn new(
        class: AuditClass,
        at: UnixTime,
        id: AuditId,
        kind: impl Into<Short<KIND>>,
        outcome: impl Into<Short<OUTCOME>>,
    ) -> Self {
        Self {
            at,
            id,
            class,
            kind: kind.into(),
            outcome: outcome.into(),
            reason: None,
            tenant: None,
            client: None,
            subject: None,
            address: None,
            grant: None,
            detail: None,
            actor: None,
        }
    }

    /// The row's place among all rows.
    pub fn cursor(&self) -> AuditCursor {
        AuditCursor { at: self.at, id: self.id }
    }
}

/// Whether the cause of an event is proven. Each class has its own table and its own maximum number of rows, so events
/// that strangers cause in any number never displace the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuditClass {
    /// Somebody who had proven who they are caused the event: a user, a client with its secret, a token, an
    /// administrator; or the sidecar itself did.
    Proven,
    /// Anybody may have caused the event.
    #[default]
    Unproven,
}

/// Tells an event apart from all others of its second: a number that increases by one with every event of a process,
/// and four random bytes of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditId {
    pub(crate) sequence: u64,
    pub(crate) process: [u8; 4],
}

/// Makes the ids of events. There is one `AuditIds` per process, so that the events of the process are sorted in the
/// order in which they happened, as long as the clock is not set back.
#[derive(Debug)]
pub struct AuditIds {
    next: AtomicU64,
    process: [u8; 4],
}

impl AuditIds {
    /// Draws the random bytes of this process; the first sequence number is 0.
    pub fn new(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Ok(Self { next: AtomicU64::new(0), process: random_bytes(entropy)? })
    }

    /// Returns the id of the next event. Take it once per event, outside of the transaction: a transaction that runs
    /// again then writes the same row.
    pub fn next(&self) -> AuditId {
        AuditId { sequence: self.next.fetch_add(1, Ordering::Relaxed), process: self.process }
    }
}

/// A place in the order of all rows: by time, then by [`AuditId`]. As text, 27 characters of base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditCursor {
    at: UnixTime,
    id: AuditId,
}

impl AuditCursor {
    /// The place before every row of this second.
    pub fn at(at: UnixTime) -> Self {
        Self { at, id: AuditId::default() }
    }

    /// The place before every row of the second that is `secs` seconds earlier than this place.
    #[must_use]
    pub fn back(self, secs: u64) -> Self {
        Self::at(self.at.minus(secs))
    }

    /// The id of the event.
    pub const fn id(self) -> AuditId {
        self.id
    }

    /// The time.
    pub const fn time(self) -> UnixTime {
        self.at
    }

    /// The bytes of a row's key that are the same in every table: time (8), sequence (8), process (4).
    pub(crate) fn bytes(self) -> [u8; CURSOR] {
        let mut bytes = [0; CURSOR];
        let parts = [&self.at.as_secs().to_be_bytes()[..], &self.id.sequence.to_be_bytes(), &self.id.process];
        for (to, from) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        bytes
    }

    /// Reads what [`Self::bytes`] writes.
    pub(crate) fn of_bytes(bytes: &[u8; CURSOR]) -> Option<Self> {
        let (at, rest) = bytes.split_first_chunk::<8>()?;
        let (sequence, process) = rest.split_first_chunk::<8>()?;
        let id = AuditId { sequence: u64::from_be_bytes(*sequence), process: process.try_into().ok()? };
        Some(Self { at: UnixTime::new(u64::from_be_bytes(*at)), id })
    }

    /// Returns the row with the time and id of this place, which is from its key, and with the class of its table.
    pub(crate) fn placed(self, row: AuditRecord, class: AuditClass) -> AuditRecord {
        AuditRecord { at: self.at, id: self.id, class, ..row }
    }
}

/// The length of [`AuditCursor::bytes`], in bytes.
pub(crate) const CURSOR: usize = 20;

impl std::fmt::Display for AuditCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&b64url_encode(&self.bytes()))
    }
}

/// A text is not an [`AuditCursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the audit table")]
pub struct NotACursor;

impl std::str::FromStr for AuditCursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let bytes = b64url_decode(text).map_err(|_| NotACursor)?;
        bytes.as_slice().try_into().ok().and_then(Self::of_bytes).ok_or(NotACursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn ids_increase_and_those_of_two_processes_differ() {
        let ids = AuditIds::new(&SeededEntropy::new(1)).unwrap();
        let (first, second) = (ids.next(), ids.next());
        assert!(first < second);
        assert_ne!(first, AuditIds::new(&SeededEntropy::new(2)).unwrap().next());
    }

    #[test]
    fn cursors_are_sorted_like_their_bytes_and_read_from_text() {
        let ids = AuditIds::new(&SeededEntropy::new(1)).unwrap();
        let mut before = AuditCursor::at(UnixTime::new(0));
        for at in [0, 0, 255, 256, u64::MAX] {
            let cursor = AuditCursor { at: UnixTime::new(at), id: ids.next() };
            assert!(before < cursor && before.bytes() < cursor.bytes());
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
            assert_eq!(cursor.to_string().len(), 27);
            before = cursor;
        }
        for text in ["", "AAAA", "*", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(text.parse::<AuditCursor>(), Err(NotACursor));
        }
    }
}
