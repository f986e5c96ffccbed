//! Codes: redeemed once, before they expire, by their own client.

use crate::fixtures::*;
use store::limits::SPENT_CODE_KEPT_SECS;
use store::record::{ClientRequest, CodeRecord, LoginRecord, Purpose, RevokeReason, Spent};
use store::{Advance, Store, StoreError};

pub(crate) fn a_code_is_redeemed_once(store: &Store) {
    with_code(store, 1, T0);
    assert_eq!(store.redeem_code(&tenant(), &id(1), grant(1, T0), T0).unwrap(), DONE);
    let (token, stored) = store.refresh(&tenant(), &id(1), T0).unwrap().unwrap();
    assert_eq!(stored, grant(1, T0).grant);
    assert_eq!((token.grant, token.generation, token.expires), (stored.id, 0, T0.plus(10 * DAY)));
    let spent = store.code(&tenant(), &id(1), T0).unwrap().unwrap().spent;
    assert_eq!(spent, Some(Spent { grant: grant_id(1), at: T0 }));
}

pub(crate) fn reuse_revokes_what_was_granted(store: &Store) {
    with_grant(store, 1, T0);
    store.rotate_refresh(&tenant(), &id(1), CLIENT, rotate_to(11, T0), T0).unwrap();
    let again = store.redeem_code(&tenant(), &id(1), grant(2, T0), T0.plus(5)).unwrap();
    assert_eq!(again, Redeem::AlreadySpent { grant: grant_id(1) });
    for token in [id(1), id(11), id(2)] {
        assert_eq!(store.refresh(&tenant(), &token, T0.plus(5)).unwrap(), None);
    }
    let revoke = store.revoke_grant(&tenant(), &grant_id(1), RevokeReason::UserRefused, T0.plus(5));
    assert!(!revoke.unwrap(), "revoked already");
}

pub(crate) fn a_code_expires(store: &Store) {
    with_code(store, 1, T0);
    let end = T0.plus(60);
    assert!(store.code(&tenant(), &id(1), end.minus(1)).unwrap().is_some());
    assert!(store.code(&tenant(), &id(1), end).unwrap().is_none());
    assert_eq!(store.redeem_code(&tenant(), &id(1), grant(1, end), end).unwrap(), Redeem::Unknown);
    assert!(store.refresh(&tenant(), &id(1), end).unwrap().is_none());
}

pub(crate) fn another_client_can_neither_redeem_nor_revoke_a_code(store: &Store) {
    with_code(store, 1, T0);
    let mut theirs = grant(2, T0);
    "client-2".clone_into(&mut theirs.grant.client_id);
    assert_eq!(store.redeem_code(&tenant(), &id(1), theirs.clone(), T0).unwrap(), Redeem::Unknown);
    assert_eq!(store.code(&tenant(), &id(1), T0).unwrap(), Some(code(1, T0)));
    assert_eq!(store.redeem_code(&tenant(), &id(1), grant(1, T0), T0).unwrap(), DONE);
    // Another client does not revoke the grant either by presenting the redeemed code.
    assert_eq!(store.redeem_code(&tenant(), &id(1), theirs, T0).unwrap(), Redeem::Unknown);
    assert!(store.refresh(&tenant(), &id(1), T0).unwrap().is_some());
}

/// The PKCE proof must be for this code's challenge, before and after the code is redeemed.
pub(crate) fn the_pkce_proof_of_another_code_does_not_redeem_a_code(store: &Store) {
    with_client(store);
    let other = CodeRecord { code_challenge: "A".repeat(43), ..code(1, T0) };
    let request = ClientRequest { code_challenge: other.code_challenge.clone(), ..request() };
    let login = LoginRecord { purpose: Purpose::Client(request), ..login(1, T0) };
    store.begin_login(login, T0).unwrap();
    assert_eq!(finish(store, &id(1), other.clone(), T0), Advance::Done);
    let refused = store.redeem_code(&tenant(), &id(1), grant(1, T0), T0);
    assert!(matches!(refused, Err(StoreError::Invariant(_))), "{refused:?}");
    assert_eq!(store.code(&tenant(), &id(1), T0).unwrap(), Some(other));
}

pub(crate) fn a_grant_is_for_its_own_tenant(store: &Store) {
    with_code(store, 1, T0);
    for stranger in strangers() {
        let mut foreign = grant(1, T0);
        foreign.grant.tenant = stranger;
        let answer = store.redeem_code(&tenant(), &id(1), foreign, T0);
        assert!(matches!(answer, Err(StoreError::Invariant(_))), "{answer:?}");
    }
    assert_eq!(store.code(&tenant(), &id(1), T0).unwrap(), Some(code(1, T0)));
}

pub(crate) fn a_redeemed_code_keeps_no_access_token_of_the_provider(store: &Store) {
    with_code_and_upstream_token(store, 1);
    let token = || store.code(&tenant(), &id(1), T0).unwrap().unwrap().upstream_token;
    assert_eq!(token(), Some(upstream_token("access")));
    let mut new = grant(1, T0);
    new.grant.upstream_token = Some(upstream_token("access"));
    store.redeem_code(&tenant(), &id(1), new, T0).unwrap();
    assert_eq!(token(), None);
    let grant = store.grant(&tenant(), &grant_id(1), T0).unwrap().unwrap();
    assert_eq!(grant.upstream_token, Some(upstream_token("access")));
}

pub(crate) fn redeemed_codes_are_remembered_for_a_while(store: &Store) {
    with_grant(store, 1, T0);
    let end = T0.plus(SPENT_CODE_KEPT_SECS);
    assert!(store.code(&tenant(), &id(1), end.minus(1)).unwrap().is_some());
    assert!(store.code(&tenant(), &id(1), end).unwrap().is_none());
    let late = store.redeem_code(&tenant(), &id(1), grant(2, end), end).unwrap();
    assert_eq!(late, Redeem::Unknown);
    let early = store.redeem_code(&tenant(), &id(1), grant(2, end), end.minus(1)).unwrap();
    assert_eq!(early, Redeem::AlreadySpent { grant: grant_id(1) });
}
