//! What a sweep removes, and what it must not.

use crate::fixtures::*;
use sidecar::store::records::RevokeReason;
use sidecar::store::{SPENT_CODE_KEPT_SECS, Store, SweepLimits, Swept};

const LIMITS: SweepLimits = SweepLimits { client_idle_secs: 90 * DAY, batch: 100 };

pub(crate) fn expired_records_go(store: &dyn Store) {
    with_grant(store, 1, T0);
    with_code(store, 2, T0);
    store.begin_login(login(3, T0), T0).unwrap();
    assert_eq!(store.sweep(T0.plus(59), &LIMITS).unwrap(), Swept::default());
    assert_eq!(store.sweep(T0.plus(60), &LIMITS).unwrap(), Swept { codes: 1, ..Swept::default() });
    assert_eq!(store.sweep(T0.plus(600), &LIMITS).unwrap(), Swept { logins: 1, ..Swept::default() });
    let spent = store.sweep(T0.plus(SPENT_CODE_KEPT_SECS), &LIMITS).unwrap();
    assert_eq!(spent, Swept { codes: 1, ..Swept::default() });
    // What is gone stays gone, even for a clock that is behind.
    assert!(store.login(&tenant(), &id(3), &BROWSER, T0).unwrap().is_none());
    assert!(store.code(&tenant(), &id(1), T0).unwrap().is_none());
    assert!(store.refresh(&tenant(), &id(1), T0.plus(DAY)).unwrap().is_some());
}

pub(crate) fn batches_say_that_there_is_more(store: &dyn Store) {
    for n in 1..=5 {
        with_code(store, n, T0);
    }
    let limits = SweepLimits { batch: 2, ..LIMITS };
    let answers: Vec<_> = (0..3).map(|_| store.sweep(T0.plus(60), &limits).unwrap()).collect();
    assert_eq!(
        answers.iter().map(|swept| (swept.codes, swept.more)).collect::<Vec<_>>(),
        [(2, true), (2, true), (1, false)]
    );
}

pub(crate) fn idle_clients_go_unless_they_hold_a_grant(store: &dyn Store) {
    for name in ["idle", "revoked"] {
        store.register_client(client(&tenant(), name, T0), T0).unwrap();
    }
    let elsewhere = tenant_of("https://else.example", "wiki");
    store.register_client(client(&elsewhere, CLIENT, T0), T0).unwrap();
    with_code(store, 1, T0);
    let mut lasting = grant(1, T0);
    lasting.family.expires = T0.plus(400 * DAY);
    lasting.refresh.as_mut().unwrap().expires = T0.plus(400 * DAY);
    store.redeem_code(&tenant(), &id(1), lasting, T0).unwrap();
    let clients = |now| store.sweep(now, &LIMITS).unwrap().clients;
    let there = |name| store.client(&tenant(), name).unwrap().is_some();

    assert_eq!(clients(T0.plus(90 * DAY - 1)), 0);
    assert_eq!(clients(T0.plus(90 * DAY)), 3);
    assert!(there(CLIENT) && !there("idle") && !there("revoked"));
    assert!(store.client(&elsewhere, CLIENT).unwrap().is_none(), "a grant elsewhere does not count");
    assert!(store.refresh(&tenant(), &id(1), T0.plus(90 * DAY)).unwrap().is_some());

    // Once the grant is over, the client goes in its time.
    let over = T0.plus(100 * DAY);
    assert!(store.revoke_family(&tenant(), &family_id(1), RevokeReason::UserRefused, over).unwrap());
    assert_eq!(clients(over), 0);
    assert_eq!(clients(T0.plus(180 * DAY)), 1);
    assert!(!there(CLIENT));
}

pub(crate) fn a_grant_goes_with_its_last_token(store: &dyn Store) {
    with_grant(store, 1, T0);
    with_code(store, 2, T0);
    let mut access_only = grant(2, T0);
    access_only.refresh = None;
    store.redeem_code(&tenant(), &id(2), access_only, T0).unwrap();
    store.rotate_refresh(&tenant(), &id(1), CLIENT, rotate_to(3, T0.plus(DAY)), T0.plus(DAY)).unwrap();

    let first = store.sweep(T0.plus(10 * DAY), &LIMITS).unwrap();
    assert_eq!((first.refresh_tokens, first.families), (1, 0));
    let second = store.sweep(T0.plus(11 * DAY), &LIMITS).unwrap();
    assert_eq!((second.refresh_tokens, second.families), (1, 1));
    assert!(!store.revoke_family(&tenant(), &family_id(1), RevokeReason::UserRefused, T0).unwrap());
    // Without refresh tokens it stays to its end.
    assert!(
        store.revoke_family(&tenant(), &family_id(2), RevokeReason::UserRefused, T0.plus(11 * DAY)).unwrap()
    );
    assert_eq!(store.sweep(T0.plus(30 * DAY), &LIMITS).unwrap().families, 1);
}

pub(crate) fn a_sweep_of_nothing_does_nothing(store: &dyn Store) {
    assert_eq!(store.sweep(T0, &LIMITS).unwrap(), Swept::default());
    with_grant(store, 1, T0);
    assert_eq!(store.sweep(T0, &LIMITS).unwrap(), Swept::default());
    store.ready().unwrap();
}
