//! The decisions about passkeys.

use crate::limits::PASSKEYS_PER_USER;
use crate::outcome::{PasskeyAdded, PasskeyUse};
use crate::record::{Hash, Passkey, PasskeysRecord};
use protocol::server::passkey::{Decision, Presented, decide};
use protocol::time::UnixTime;

/// Returns the result of adding a passkey, and the record to store; `None` if nothing changes.
pub(crate) fn add_passkey(
    found: Option<PasskeysRecord>,
    (user, handle): (&str, &Hash),
    passkey: &Passkey,
) -> (PasskeyAdded, Option<PasskeysRecord>) {
    let mut record = found.unwrap_or_else(|| PasskeysRecord {
        user: user.to_owned(),
        handle: *handle,
        passkeys: Vec::new(),
    });
    if record.passkeys.iter().any(|known| known.id == passkey.id) {
        return (PasskeyAdded::Exists, None);
    }
    if record.handle != *handle {
        return (PasskeyAdded::Outdated, None);
    }
    if record.passkeys.len() >= PASSKEYS_PER_USER {
        return (PasskeyAdded::Full, None);
    }
    record.passkeys.push(passkey.clone());
    (PasskeyAdded::Done, Some(record))
}

/// Returns the result of using a passkey, and the record to store; `None` if nothing changes.
pub(crate) fn use_passkey(
    found: Option<PasskeysRecord>,
    id: &[u8],
    presented: &Presented,
    now: UnixTime,
) -> (PasskeyUse, Option<PasskeysRecord>) {
    let Some(mut record) = found else { return (PasskeyUse::Gone, None) };
    let user = record.user.clone();
    let Some(passkey) = record.passkeys.iter_mut().find(|known| known.id == id) else {
        return (PasskeyUse::Gone, None);
    };
    match decide(&passkey.stored(&user), presented) {
        Decision::Accepted(proof) => {
            passkey.counter = presented.counter;
            passkey.last = Some(presented.signed);
            passkey.used = Some(now);
            (PasskeyUse::Accepted(proof), Some(record))
        }
        Decision::Repeated => (PasskeyUse::Repeated, None),
        Decision::WentBack => (PasskeyUse::WentBack { stored: passkey.counter }, None),
    }
}

/// Returns the passkey with this credential id, `None` if there is none, and the record without it.
pub(crate) fn remove_passkey(mut record: PasskeysRecord, id: &[u8]) -> (Option<Passkey>, PasskeysRecord) {
    let at = record.passkeys.iter().position(|known| known.id == id);
    (at.map(|at| record.passkeys.remove(at)), record)
}
