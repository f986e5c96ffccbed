//! The decisions about clients.

use crate::limits::{CLIENT_TOUCH_SECS, UNAPPROVED_CLIENT_SECS, UNAPPROVED_TOUCH_SECS};
use crate::outcome::SweepLimits;
use crate::record::{ClientRecord, ClientSource};
use protocol::time::UnixTime;

/// Returns `new` with the existing record's times of registration, use and approval.
pub(crate) fn replaced(existing: &ClientRecord, new: ClientRecord) -> ClientRecord {
    ClientRecord {
        issued_at: existing.issued_at,
        last_used: existing.last_used,
        approved_at: existing.approved_at,
        ..new
    }
}

/// Whether no user has approved the client and it is not from the operator's file: an unauthenticated caller may have
/// created it, so it is kept for a short time only.
pub(crate) const fn is_unapproved(client: &ClientRecord) -> bool {
    client.approved_at.is_none() && !matches!(client.source, ClientSource::File)
}

/// Unapproved clients are deleted if they were last used at or before this time.
pub(crate) fn unapproved_since(now: UnixTime) -> UnixTime {
    now.minus(UNAPPROVED_CLIENT_SECS)
}

/// Marks the client as used now, if the last mark is old enough; `true` if the mark was changed.
pub(crate) fn touch(client: &mut ClientRecord, now: UnixTime) -> bool {
    let precision = if is_unapproved(client) { UNAPPROVED_TOUCH_SECS } else { CLIENT_TOUCH_SECS };
    let due = now.since(client.last_used) >= precision;
    if due {
        client.last_used = now;
    }
    due
}

/// Marks the client as approved and used; `true` if that changed anything.
pub(crate) fn approve(client: &mut ClientRecord, now: UnixTime) -> bool {
    let first = client.approved_at.is_none();
    client.approved_at.get_or_insert(now);
    touch(client, now) || first
}

/// Clients last used at or before this time may be deleted; `None` if none may be deleted yet.
///
/// The idle time is at least twice the precision of `last_used`, so that a client with a login in progress is never
/// deleted.
pub(crate) fn client_idle_since(limits: &SweepLimits, now: UnixTime) -> Option<UnixTime> {
    now.as_secs().checked_sub(limits.client_idle_secs.max(2 * CLIENT_TOUCH_SECS)).map(UnixTime::new)
}
