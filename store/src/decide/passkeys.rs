//! The decisions about passkeys.

use crate::intent::passkeys::{AddPasskey, UsePasskey};
use crate::limits::PASSKEYS_PER_USER;
use crate::outcome::{PasskeyAdded, PasskeyUse};
use crate::record::{Passkey, PasskeysRecord};
use protocol::server::passkey::{Decision, decide};

/// Returns the result of adding a passkey, and the record to store; `None` if nothing changes.
pub(crate) fn add_passkey(
    found: Option<PasskeysRecord>,
    add: &AddPasskey,
) -> (PasskeyAdded, Option<PasskeysRecord>) {
    let mut record = found.unwrap_or_else(|| PasskeysRecord {
        user: add.user.clone(),
        handle: add.handle,
        passkeys: Vec::new(),
    });
    if record.passkeys.iter().any(|known| known.id == add.passkey.id) {
        return (PasskeyAdded::Exists, None);
    }
    if record.handle != add.handle {
        return (PasskeyAdded::Outdated, None);
    }
    if record.passkeys.len() >= PASSKEYS_PER_USER {
        return (PasskeyAdded::Full, None);
    }
    record.passkeys.push(add.passkey.clone());
    (PasskeyAdded::Done, Some(record))
}

/// Returns the result of using a passkey, and the record to store; `None` if nothing changes.
pub(crate) fn use_passkey(
    found: Option<PasskeysRecord>,
    usage: &UsePasskey,
) -> (PasskeyUse, Option<PasskeysRecord>) {
    let Some(mut record) = found else { return (PasskeyUse::Gone, None) };
    let user = record.user.clone();
    let Some(passkey) = record.passkeys.iter_mut().find(|known| known.id == usage.id) else {
        return (PasskeyUse::Gone, None);
    };
    match decide(&passkey.stored(&user), &usage.presented) {
        Decision::Accepted(proof) => {
            passkey.counter = usage.presented.counter;
            passkey.last = Some(usage.presented.signed);
            passkey.used = Some(usage.now);
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
