//! What a sweep removes, and what it must not.

use crate::fixtures::*;
use std::sync::Arc;
use store::limits::SPENT_CODE_KEPT_SECS;
use store::record::{ClientRecord, ClientSource, CodeRecord, LoginRecord, RevokeReason};
use store::{Advance, AuditLimits, Begin, Store, SweepLimits, Swept};

const LIMITS: SweepLimits =
    SweepLimits { client_idle_secs: 90 * DAY, batch: 100, audit: AuditLimits::DEFAULT };

pub(crate) fn a_sweep_removes_expired_records(store: &Store) {
    with_grant(store, 1, T0);
    with_code(store, 2, T0);
    store.begin_login(login(3, T0), T0).unwrap();
    assert_eq!(store.sweep(T0.plus(59), &LIMITS).unwrap(), Swept::default());
    assert_eq!(store.sweep(T0.plus(60), &LIMITS).unwrap(), Swept { codes: 1, ..Swept::default() });
    assert_eq!(store.sweep(T0.plus(600), &LIMITS).unwrap(), Swept { logins: 1, ..Swept::default() });
    let spent = store.sweep(T0.plus(SPENT_CODE_KEPT_SECS), &LIMITS).unwrap();
    assert_eq!(spent, Swept { codes: 1, ..Swept::default() });
    // Removed records stay removed, even if the clock is set back.
    assert!(store.login(&tenant(), &id(3), &BROWSER, T0).unwrap().is_none());
    assert!(store.code(&tenant(), &id(1), T0).unwrap().is_none());
    assert!(store.refresh(&tenant(), &id(1), T0.plus(DAY)).unwrap().is_some());
}

pub(crate) fn a_sweep_in_batches_reports_that_there_is_more(store: &Store) {
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

pub(crate) fn a_sweep_removes_idle_clients_without_a_grant(store: &Store) {
    let approved = |tenant: &protocol::tenant::Tenant, name: &str| ClientRecord {
        approved_at: Some(T0),
        ..client(tenant, name, T0)
    };
    for name in ["idle", "revoked"] {
        store.register_client(approved(&tenant(), name), T0).unwrap();
    }
    let elsewhere = tenant_of("https://else.example", "wiki");
    store.register_client(approved(&elsewhere, CLIENT), T0).unwrap();
    with_code(store, 1, T0);
    let mut lasting = grant(1, T0);
    lasting.grant.expires = T0.plus(400 * DAY);
    lasting.refresh.as_mut().unwrap().expires = T0.plus(400 * DAY);
    store.redeem_code(&tenant(), &id(1), lasting, T0).unwrap();
    let clients = |now| store.sweep(now, &LIMITS).unwrap().clients;
    let there = |name| store.client(&tenant(), name).unwrap().is_some();

    assert_eq!(clients(T0.plus(90 * DAY - 1)), 0);
    assert_eq!(clients(T0.plus(90 * DAY)), 3);
    assert!(there(CLIENT) && !there("idle") && !there("revoked"));
    assert!(store.client(&elsewhere, CLIENT).unwrap().is_none(), "a grant elsewhere does not count");
    assert!(store.refresh(&tenant(), &id(1), T0.plus(90 * DAY)).unwrap().is_some());

    // Once the grant is revoked, the idle client is removed too.
    let over = T0.plus(100 * DAY);
    assert!(store.revoke_grant(&tenant(), &grant_id(1), RevokeReason::UserRefused, over).unwrap());
    assert_eq!(clients(over), 0);
    assert_eq!(clients(T0.plus(180 * DAY)), 1);
    assert!(!there(CLIENT));
}

pub(crate) fn clients_that_no_user_approved_are_removed_after_a_day(store: &Store) {
    let clients = |now| store.sweep(now, &LIMITS).unwrap().clients;
    let there = |name: &str| store.client(&tenant(), name).unwrap().is_some();
    let put = |source, name| {
        let record = ClientRecord { source, ..client(&tenant(), name, T0) };
        store.put_client(record, Arc::new(|_: &str| true), T0).unwrap();
    };
    with_code(store, 1, T0);
    store.register_client(client(&tenant(), "registered", T0), T0).unwrap();
    store.register_client(client(&tenant(), "again", T0), T0).unwrap();
    store.register_client(client(&tenant(), "login", T0), T0).unwrap();
    put(ClientSource::Document { fetched_at: T0, fresh_until: T0.plus(60) }, "document");
    put(ClientSource::File, "file");
    assert_eq!(clients(T0.plus(DAY - 1)), 0);
    // A client that is used in time has another day, and a login in progress can finish.
    let late = T0.plus(DAY - 1);
    store.register_client(client(&tenant(), "again", late), late).unwrap();
    let record = LoginRecord { purpose: request_of("login"), ..login(2, late) };
    assert_eq!(store.begin_login(record, late).unwrap(), Begin::Done);
    assert_eq!(clients(T0.plus(DAY)), 2);
    assert!(!there("registered") && !there("document"));
    assert!(there("again") && there("login"));
    let now = late.plus(600 - 1);
    assert_eq!(clients(now), 0);
    let code = CodeRecord { client_id: "login".to_owned(), ..code(2, now) };
    assert_eq!(finish(store, &id(2), code, now), Advance::Done);
    assert_eq!(clients(late.plus(DAY - 1)), 0);
    assert_eq!(clients(late.plus(DAY)), 1);
    assert!(!there("again"));
    // Approved clients, and those of the operator's file, are kept longer.
    assert!(there(CLIENT) && there("login") && there("file"));
    assert_eq!(clients(T0.plus(89 * DAY)), 0);
    assert_eq!(clients(T0.plus(92 * DAY)), 3);
}

pub(crate) fn a_grant_is_removed_with_its_last_refresh_token(store: &Store) {
    with_grant(store, 1, T0);
    with_code(store, 2, T0);
    let mut access_only = grant(2, T0);
    access_only.refresh = None;
    store.redeem_code(&tenant(), &id(2), access_only, T0).unwrap();
    store.rotate_refresh(&tenant(), &id(1), CLIENT, rotate_to(3, T0.plus(DAY)), T0.plus(DAY)).unwrap();

    let first = store.sweep(T0.plus(10 * DAY), &LIMITS).unwrap();
    assert_eq!((first.refresh_tokens, first.grants), (1, 0));
    let second = store.sweep(T0.plus(11 * DAY), &LIMITS).unwrap();
    assert_eq!((second.refresh_tokens, second.grants), (1, 1));
    assert!(!store.revoke_grant(&tenant(), &grant_id(1), RevokeReason::UserRefused, T0).unwrap());
    // A grant without refresh tokens is kept until its end.
    assert!(
        store.revoke_grant(&tenant(), &grant_id(2), RevokeReason::UserRefused, T0.plus(11 * DAY)).unwrap()
    );
    assert_eq!(store.sweep(T0.plus(30 * DAY), &LIMITS).unwrap().grants, 1);
}

pub(crate) fn a_sweep_of_an_empty_store_removes_nothing(store: &Store) {
    assert_eq!(store.sweep(T0, &LIMITS).unwrap(), Swept::default());
    with_grant(store, 1, T0);
    assert_eq!(store.sweep(T0, &LIMITS).unwrap(), Swept::default());
    store.ready().unwrap();
}
