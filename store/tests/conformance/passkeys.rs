//! Passkeys of local users.

use crate::fixtures::*;
use protocol::server::passkey::Presented;
use protocol::time::UnixTime;
use store::intent::passkeys::{
    AddPasskey, FindPasskeys, FindPasskeysByHandle, RemovePasskey, RemovePasskeys, UsePasskey,
};
use store::limits::PASSKEYS_PER_USER;
use store::record::{Passkey, PasskeysRecord};
use store::{PasskeyAdded, PasskeyUse, Store};

/// Returns a passkey with this credential id.
pub(crate) fn passkey(id: u8) -> Passkey {
    Passkey {
        id: vec![id; 16],
        key: vec![1, 2, 3],
        algorithm: -7,
        rp_id: "wiki.example.com".to_owned(),
        name: format!("passkey {id}"),
        counter: 0,
        last: None,
        added: T0,
        used: None,
    }
}

pub(crate) fn add(store: &Store, user: &str, handle: u8, passkey: Passkey) -> PasskeyAdded {
    store.write(AddPasskey { user: user.to_owned(), handle: id(handle), passkey }).unwrap()
}

pub(crate) fn find(store: &Store, user: &str) -> Option<PasskeysRecord> {
    store.read(FindPasskeys { user: user.to_owned() }).unwrap()
}

pub(crate) fn by_handle(store: &Store, handle: u8) -> Option<PasskeysRecord> {
    store.read(FindPasskeysByHandle { handle: id(handle) }).unwrap()
}

/// Uses the passkey with the credential id `of`, with this counter and this signed data.
pub(crate) fn present(
    store: &Store,
    user: &str,
    of: u8,
    (counter, signed): (u32, u8),
    now: UnixTime,
) -> PasskeyUse {
    let presented = Presented { counter, signed: id(signed) };
    store.write(UsePasskey { user: user.to_owned(), id: vec![of; 16], presented, now }).unwrap()
}

pub(crate) fn remove(store: &Store, user: &str, of: u8) -> Option<Passkey> {
    store.write(RemovePasskey { user: user.to_owned(), id: vec![of; 16] }).unwrap()
}

pub(crate) fn remove_all(store: &Store, user: &str) -> bool {
    store.write(RemovePasskeys { user: user.to_owned() }).unwrap()
}

fn is_accepted(used: &PasskeyUse) -> bool {
    matches!(used, PasskeyUse::Accepted(proof) if proof.subject() == "ann")
}

pub(crate) fn a_user_adds_passkeys_under_one_handle(store: &Store) {
    assert_eq!((find(store, "ann"), by_handle(store, 7)), (None, None));
    assert_eq!(add(store, "ann", 7, passkey(1)), PasskeyAdded::Done);
    assert_eq!(add(store, "ann", 7, passkey(2)), PasskeyAdded::Done);
    let record = find(store, "ann").unwrap();
    assert_eq!(
        (record.user.as_str(), record.handle, &*record.passkeys),
        ("ann", id(7), &[passkey(1), passkey(2)][..])
    );
    assert_eq!(by_handle(store, 7), Some(record));
    // A passkey for another handle is refused: its authenticator could not sign the user in.
    assert_eq!(add(store, "ann", 8, passkey(3)), PasskeyAdded::Outdated);
    // The same form is sent again.
    for handle in [7, 8] {
        assert_eq!(add(store, "ann", handle, passkey(2)), PasskeyAdded::Exists);
    }
    assert_eq!((by_handle(store, 8), find(store, "Ann"), find(store, "an")), (None, None, None));
    assert_eq!(find(store, "ann").unwrap().passkeys.len(), 2);
}

pub(crate) fn a_user_has_at_most_so_many_passkeys(store: &Store) {
    let most = u8::try_from(PASSKEYS_PER_USER).unwrap();
    for n in 1..=most {
        assert_eq!(add(store, "ann", 7, passkey(n)), PasskeyAdded::Done, "{n}");
    }
    assert_eq!(add(store, "ann", 7, passkey(most + 1)), PasskeyAdded::Full);
    assert_eq!(add(store, "bob", 8, passkey(most + 1)), PasskeyAdded::Done);
    assert_eq!(find(store, "ann").unwrap().passkeys.len(), PASSKEYS_PER_USER);
    assert!(remove(store, "ann", 3).is_some());
    assert_eq!(add(store, "ann", 7, passkey(most + 1)), PasskeyAdded::Done);
}

pub(crate) fn a_signature_is_accepted_once_and_the_counter_rises(store: &Store) {
    add(store, "ann", 7, passkey(1));
    add(store, "ann", 7, passkey(2));
    let later = T0.plus(60);
    assert!(is_accepted(&present(store, "ann", 1, (5, 1), later)));
    let found = find(store, "ann").unwrap();
    let used = found.passkeys.first().unwrap();
    assert_eq!((used.counter, used.last, used.used), (5, Some(id(1)), Some(later)));
    assert_eq!(present(store, "ann", 1, (5, 1), later), PasskeyUse::Repeated);
    for counter in [0, 4, 5] {
        let gone_back = present(store, "ann", 1, (counter, 2), later);
        assert_eq!(gone_back, PasskeyUse::WentBack { stored: 5 }, "{counter}");
    }
    assert!(is_accepted(&present(store, "ann", 1, (6, 2), later)));
    // This authenticator does not count its signatures.
    for signed in [1, 2] {
        assert!(is_accepted(&present(store, "ann", 2, (0, signed), later)));
        assert_eq!(present(store, "ann", 2, (0, signed), later), PasskeyUse::Repeated);
    }
    assert_eq!(present(store, "ann", 3, (9, 9), later), PasskeyUse::Gone);
    assert_eq!(present(store, "bob", 1, (9, 9), later), PasskeyUse::Gone);
}

pub(crate) fn passkeys_are_removed(store: &Store) {
    for n in [1, 2] {
        add(store, "ann", 7, passkey(n));
    }
    add(store, "bob", 8, passkey(1));
    assert_eq!(remove(store, "ann", 1), Some(passkey(1)));
    assert_eq!((remove(store, "ann", 1), remove(store, "eve", 1)), (None, None));
    assert_eq!(present(store, "ann", 1, (1, 1), T0), PasskeyUse::Gone);
    assert_eq!(by_handle(store, 7).unwrap().passkeys, [passkey(2)]);
    // With the last passkey, the handle is removed too, so the user gets another one.
    assert_eq!(remove(store, "ann", 2), Some(passkey(2)));
    assert_eq!((find(store, "ann"), by_handle(store, 7)), (None, None));
    assert_eq!(add(store, "ann", 9, passkey(2)), PasskeyAdded::Done);
    assert!(remove_all(store, "ann") && !remove_all(store, "ann"));
    assert_eq!((find(store, "ann"), by_handle(store, 9)), (None, None));
    assert!(by_handle(store, 8).is_some());
}

/// Of parallel calls with the same signature, only one is accepted.
pub(crate) fn only_one_of_parallel_calls_uses_a_signature(store: &Store) {
    add(store, "ann", 7, passkey(1));
    let uses: Vec<PasskeyUse> = std::thread::scope(|scope| {
        let call = || scope.spawn(|| present(store, "ann", 1, (0, 1), T0));
        let calls: Vec<_> = (0..8).map(|_| call()).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert_eq!(uses.iter().filter(|used| is_accepted(used)).count(), 1, "{uses:?}");
}
