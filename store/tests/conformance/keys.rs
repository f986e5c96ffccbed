//! The stored signing keys (the key ring).

use crate::fixtures::*;
use crate::second_factors::{enrol, second_factor};
use protocol::jose::key_certificate::KeyPurpose;
use std::sync::{Arc, Mutex};
use store::crypto::{Place, SealError, Sealed};
use store::record::{SigningKeyRecord, SigningKeyState};
use store::{KeyRingState, Store, StoreError};

pub(crate) fn the_key_ring_is_replaced_only_at_the_expected_version(store: &Store) {
    assert_eq!(store.signing_keys().unwrap(), KeyRingState::default());
    let first = vec![signing_key(1, ACTIVE), signing_key(2, SigningKeyState::Next)];
    assert!(store.replace_signing_keys(0, first.clone()).unwrap());
    assert_eq!(store.signing_keys().unwrap(), KeyRingState { version: 1, keys: first.clone() });
    let second = vec![signing_key(3, ACTIVE)];
    assert!(!store.replace_signing_keys(0, second.clone()).unwrap(), "too late");
    assert!(!store.replace_signing_keys(2, second.clone()).unwrap(), "too early");
    assert_eq!(store.signing_keys().unwrap().keys, first);
    assert!(store.replace_signing_keys(1, second.clone()).unwrap());
    assert_eq!(store.signing_keys().unwrap(), KeyRingState { version: 2, keys: second });
}

/// A key for personal access tokens exists only once one was needed.
pub(crate) fn a_key_ring_may_have_one_active_key_for_personal_tokens(store: &Store) {
    let personal = |n| SigningKeyRecord { purpose: KeyPurpose::PersonalTokens, ..signing_key(n, ACTIVE) };
    let both = vec![signing_key(1, ACTIVE), personal(2)];
    assert!(store.replace_signing_keys(0, both.clone()).unwrap());
    assert_eq!(store.signing_keys().unwrap().keys, both);
    for bad in [vec![personal(2)], vec![signing_key(1, ACTIVE), personal(2), personal(3)]] {
        assert!(matches!(store.replace_signing_keys(1, bad), Err(StoreError::Invariant(_))));
    }
}

pub(crate) fn a_key_ring_requires_exactly_one_active_key(store: &Store) {
    let next = SigningKeyState::Next;
    for bad in [
        vec![],
        vec![signing_key(1, next)],
        vec![signing_key(1, ACTIVE), signing_key(2, ACTIVE)],
        vec![signing_key(1, ACTIVE), signing_key(1, next)],
    ] {
        assert!(matches!(store.replace_signing_keys(0, bad), Err(StoreError::Invariant(_))));
    }
    assert_eq!(store.signing_keys().unwrap(), KeyRingState::default());
}

/// Every sealed value is passed to `reseal` once, with its place; either all values are replaced or none.
pub(crate) fn either_all_sealed_values_are_replaced_or_none(store: &Store) {
    with_grant(store, 1, T0);
    with_code(store, 2, T0);
    with_callback(store, 3, T0);
    assert!(store.replace_signing_keys(0, vec![signing_key(1, ACTIVE)]).unwrap());
    enrol(store, second_factor("ann", 7));
    let look = |store: &Store| {
        let login = store.login(&tenant(), &id(3), &BROWSER, T0).unwrap();
        format!(
            "{login:?} {:?} {:?}",
            store.code(&tenant(), &id(2), T0).unwrap(),
            store.signing_keys().unwrap()
        )
    };
    let before = look(store);
    let failing = |place: &Place, _: &Sealed| -> Result<Option<Sealed>, SealError> {
        if *place == Place::signing_key("kid-1") {
            Err(SealError::UnknownKey)
        } else {
            Ok(Some(sealed("longer than before")))
        }
    };
    assert!(store.reseal(Arc::new(failing)).is_err());
    assert_eq!(look(store), before, "nothing was replaced");
    let places = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&places);
    let replacing = move |place: &Place, _: &Sealed| -> Result<Option<Sealed>, SealError> {
        seen.lock().unwrap().push(place.clone());
        Ok(Some(sealed("longer than before")))
    };
    // The redeemed code of the grant still contains a sealed value too.
    assert_eq!(store.reseal(Arc::new(replacing)).unwrap().count, 5);
    assert_ne!(look(store), before);
    for place in [
        Place::login(&id(3)),
        Place::code(&id(1)),
        Place::code(&id(2)),
        Place::signing_key("kid-1"),
        Place::second_factor("ann"),
    ] {
        assert_eq!(places.lock().unwrap().iter().filter(|seen| **seen == place).count(), 1, "{place:?}");
    }
    assert_eq!(store.reseal(Arc::new(|_: &Place, _: &Sealed| Ok(None))).unwrap().count, 0);
}

/// The provider's access tokens are sealed again with the rest, and cannot be exchanged with the provider's refresh
/// token in the same record.
pub(crate) fn access_tokens_of_the_provider_have_a_place_of_their_own(store: &Store) {
    with_code_and_upstream_token(store, 1);
    with_code_and_upstream_token(store, 2);
    let mut new = grant(1, T0);
    new.grant.upstream_token = Some(upstream_token("access"));
    store.redeem_code(&tenant(), &id(1), new, T0).unwrap();
    let places = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&places);
    let replacing = move |place: &Place, _: &Sealed| -> Result<Option<Sealed>, SealError> {
        seen.lock().unwrap().push(place.clone());
        Ok(Some(sealed("sealed anew")))
    };
    assert_eq!(store.reseal(Arc::new(replacing)).unwrap().count, 4);
    let grant = store.grant(&tenant(), &grant_id(1), T0).unwrap().unwrap();
    let code = store.code(&tenant(), &id(2), T0).unwrap().unwrap();
    for token in [grant.upstream_token, code.upstream_token] {
        assert_eq!(token.unwrap().sealed, sealed("sealed anew"));
    }
    let places = places.lock().unwrap().clone();
    for place in [Place::code_upstream_token(&id(2)), Place::grant_upstream_token(&grant_id(1))] {
        assert_eq!(places.iter().filter(|seen| **seen == place).count(), 1, "{place:?}");
    }
    assert_ne!(Place::code_upstream_token(&id(2)), Place::code(&id(2)));
    assert_ne!(Place::grant_upstream_token(&grant_id(1)), Place::grant(&grant_id(1)));
}
