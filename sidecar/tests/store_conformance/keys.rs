//! The stored signing-key ring.

use crate::fixtures::*;
use sidecar::store::records::SigningKeyState;
use sidecar::store::{KeyRingState, Store, StoreError};

pub(crate) fn the_ring_steps_by_version(store: &dyn Store) {
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

pub(crate) fn a_ring_needs_one_active_key(store: &dyn Store) {
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
