//! Logins: browser binding, compare and swap, rebinding, bounds.

use crate::fixtures::*;
use store::limits::LOGINS_PER_BROWSER;
use store::record::{Hash, LoginRecord, LoginStep, LoginStepKind};
use store::{Advance, Begin, Store, StoreError};

const PASSWORD: LoginStepKind = LoginStepKind::AwaitPassword;
const CONSENT: LoginStepKind = LoginStepKind::AwaitConsent;
const NEW_BROWSER: Hash = [0xbb; 32];

fn consent() -> LoginStep {
    LoginStep::AwaitConsent { identity: identity("ann") }
}

fn begin(store: &Store, record: LoginRecord) {
    let now = record.created;
    assert_eq!(store.begin_login(record, now).unwrap(), Begin::Done);
}

fn find(store: &Store, n: u8, browser: &Hash) -> Option<LoginRecord> {
    store.login(&tenant(), &id(n), browser, T0).unwrap()
}

pub(crate) fn a_login_is_its_browsers_own(store: &Store) {
    with_client(store);
    begin(store, login(1, T0));
    assert_eq!(find(store, 1, &BROWSER), Some(login(1, T0)));
    assert_eq!(find(store, 1, &NEW_BROWSER), None);
    assert_eq!(find(store, 2, &BROWSER), None);
}

pub(crate) fn a_login_expires(store: &Store) {
    with_client(store);
    begin(store, login(1, T0));
    let end = T0.plus(600);
    assert!(store.login(&tenant(), &id(1), &BROWSER, end.minus(1)).unwrap().is_some());
    assert!(store.login(&tenant(), &id(1), &BROWSER, end).unwrap().is_none());
    let advance = store.advance_login(&tenant(), &id(1), &BROWSER, PASSWORD, consent(), None, end);
    assert_eq!(advance.unwrap(), Advance::Lost);
    let finish = store.finish_login(&tenant(), &id(1), &BROWSER, PASSWORD, code(1, end), None, end);
    assert_eq!(finish.unwrap(), Advance::Lost);
    assert_eq!(store.drop_login(&tenant(), &id(1), &BROWSER, PASSWORD, end).unwrap(), Advance::Lost);
}

pub(crate) fn steps_compare_and_swap(store: &Store) {
    with_client(store);
    begin(store, login(1, T0));
    let advance = |from| store.advance_login(&tenant(), &id(1), &BROWSER, from, consent(), None, T0).unwrap();
    assert_eq!(advance(CONSENT), Advance::Lost);
    assert_eq!(find(store, 1, &BROWSER), Some(login(1, T0)));
    assert_eq!(advance(PASSWORD), Advance::Done);
    assert_eq!(advance(PASSWORD), Advance::Lost);
    assert_eq!(find(store, 1, &BROWSER), Some(LoginRecord { step: consent(), ..login(1, T0) }));
    let finish = store.finish_login(&tenant(), &id(1), &BROWSER, PASSWORD, code(1, T0), None, T0);
    assert_eq!(finish.unwrap(), Advance::Lost);
    assert_eq!(store.drop_login(&tenant(), &id(1), &BROWSER, PASSWORD, T0).unwrap(), Advance::Lost);
    assert!(store.code(&tenant(), &id(1), T0).unwrap().is_none());
}

pub(crate) fn the_upstream_answer_finds_its_login(store: &Store) {
    with_client(store);
    begin(store, LoginRecord { step: LoginStep::AwaitApproval, ..login(1, T0) });
    let callback = LoginStep::AwaitCallback { upstream_state: id(77), secrets: sealed("nonce verifier") };
    let find = |browser| store.login_by_upstream_state(&tenant(), &id(77), browser, T0).unwrap();
    assert_eq!(find(&BROWSER), None);
    let step = LoginStepKind::AwaitApproval;
    let advance = store.advance_login(&tenant(), &id(1), &BROWSER, step, callback.clone(), None, T0);
    assert_eq!(advance.unwrap(), Advance::Done);
    assert_eq!(find(&BROWSER).unwrap().step, callback);
    assert_eq!(find(&NEW_BROWSER), None);
    assert_eq!(store.login_by_upstream_state(&tenant(), &id(77), &BROWSER, T0.plus(600)).unwrap(), None);
    let again = LoginStep::AwaitSecondConsent { identity: identity("ann"), upstream_refresh: None };
    let step = LoginStepKind::AwaitCallback;
    store.advance_login(&tenant(), &id(1), &BROWSER, step, again, None, T0).unwrap();
    assert_eq!(find(&BROWSER), None, "an answer is taken once");
}

pub(crate) fn a_new_cookie_moves_the_browsers_logins(store: &Store) {
    with_client(store);
    let neighbour = tenant_of("https://wiki.example/sub", "notes");
    let elsewhere = tenant_of("https://else.example", "wiki");
    for tenant in [&neighbour, &elsewhere] {
        store.register_client(client(tenant, CLIENT, T0), T0).unwrap();
    }
    begin(store, login(1, T0));
    begin(store, login(2, T0));
    begin(store, LoginRecord { browser: [0xbc; 32], ..login(3, T0) });
    begin(store, LoginRecord { tenant: neighbour.clone(), ..login(4, T0) });
    begin(store, LoginRecord { tenant: elsewhere.clone(), ..login(5, T0) });
    let rebind = Some(&NEW_BROWSER);
    store.advance_login(&tenant(), &id(1), &BROWSER, PASSWORD, consent(), rebind, T0).unwrap();
    assert_eq!(find(store, 1, &NEW_BROWSER).unwrap().step, consent());
    assert!(find(store, 2, &NEW_BROWSER).is_some(), "the other tab goes on");
    assert!(
        find(store, 1, &BROWSER).is_none() && find(store, 2, &BROWSER).is_none(),
        "the old value is dead"
    );
    assert!(find(store, 3, &[0xbc; 32]).is_some(), "another browser is left alone");
    assert!(store.login(&neighbour, &id(4), &NEW_BROWSER, T0).unwrap().is_some(), "same host, same cookie");
    assert!(store.login(&elsewhere, &id(5), &BROWSER, T0).unwrap().is_some(), "another host, another cookie");
    // A swap that is lost moves nothing.
    let lost = store.advance_login(&tenant(), &id(2), &NEW_BROWSER, CONSENT, consent(), Some(&BROWSER), T0);
    assert_eq!(lost.unwrap(), Advance::Lost);
    assert!(find(store, 2, &NEW_BROWSER).is_some());
}

pub(crate) fn finishing_leaves_a_code_and_no_login(store: &Store) {
    with_client(store);
    begin(store, login(1, T0));
    begin(store, login(2, T0));
    let rebind = Some(&NEW_BROWSER);
    let finish = store.finish_login(&tenant(), &id(1), &BROWSER, PASSWORD, code(9, T0), rebind, T0);
    assert_eq!(finish.unwrap(), Advance::Done);
    assert_eq!(find(store, 1, &BROWSER), None);
    assert_eq!(find(store, 1, &NEW_BROWSER), None);
    assert!(find(store, 2, &NEW_BROWSER).is_some());
    assert_eq!(store.code(&tenant(), &id(9), T0).unwrap(), Some(code(9, T0)));
    assert_eq!(store.client(&tenant(), CLIENT).unwrap().unwrap().approved_at, Some(T0));
    let again = store.finish_login(&tenant(), &id(1), &BROWSER, PASSWORD, code(8, T0), None, T0);
    assert_eq!(again.unwrap(), Advance::Lost);
    assert!(store.code(&tenant(), &id(8), T0).unwrap().is_none());
}

pub(crate) fn a_login_without_its_client_ends_nowhere(store: &Store) {
    assert_eq!(store.begin_login(login(1, T0), T0).unwrap(), Begin::NoSuchClient);
    assert_eq!(find(store, 1, &BROWSER), None);
    with_client(store);
    begin(store, login(1, T0));
    let mut foreign = code(1, T0);
    "client-2".clone_into(&mut foreign.client_id);
    store.register_client(client(&tenant(), "client-2", T0), T0).unwrap();
    let finish = store.finish_login(&tenant(), &id(1), &BROWSER, PASSWORD, foreign, None, T0);
    assert!(matches!(finish, Err(StoreError::Invariant(_))), "{finish:?}");
    assert!(find(store, 1, &BROWSER).is_some(), "all or nothing");
}

pub(crate) fn denying_removes(store: &Store) {
    with_client(store);
    begin(store, login(1, T0));
    assert_eq!(store.drop_login(&tenant(), &id(1), &NEW_BROWSER, PASSWORD, T0).unwrap(), Advance::Lost);
    assert_eq!(store.drop_login(&tenant(), &id(1), &BROWSER, PASSWORD, T0).unwrap(), Advance::Done);
    assert_eq!(store.drop_login(&tenant(), &id(1), &BROWSER, PASSWORD, T0).unwrap(), Advance::Lost);
    assert_eq!(find(store, 1, &BROWSER), None);
}

pub(crate) fn a_browser_keeps_its_newest_logins(store: &Store) {
    with_client(store);
    begin(store, LoginRecord { browser: NEW_BROWSER, ..login(200, T0) });
    let kept = u8::try_from(LOGINS_PER_BROWSER).unwrap();
    for n in 0..kept + 4 {
        begin(store, login(n, T0.plus(u64::from(n))));
    }
    for n in 0..kept + 4 {
        assert_eq!(find(store, n, &BROWSER).is_some(), n >= 4, "{n}");
    }
    assert!(find(store, 200, &NEW_BROWSER).is_some(), "another browser is left alone");
}

pub(crate) fn ids_are_never_reused(store: &Store) {
    with_grant(store, 1, T0);
    begin(store, login(2, T0));
    assert!(store.begin_login(login(2, T0), T0).is_err());
    let finish = store.finish_login(&tenant(), &id(2), &BROWSER, PASSWORD, code(1, T0), None, T0);
    assert!(finish.is_err(), "a code twice");
    assert!(find(store, 2, &BROWSER).is_some(), "all or nothing");
    store.finish_login(&tenant(), &id(2), &BROWSER, PASSWORD, code(2, T0), None, T0).unwrap();
    assert!(store.redeem_code(&tenant(), &id(2), grant(1, T0), T0).is_err(), "a grant twice");
    let mut same_token = grant(2, T0);
    same_token.refresh = grant(1, T0).refresh;
    assert!(store.redeem_code(&tenant(), &id(2), same_token, T0).is_err(), "a refresh token twice");
    assert!(store.code(&tenant(), &id(2), T0).unwrap().unwrap().spent.is_none(), "all or nothing");
    assert!(store.rotate_refresh(&tenant(), &id(1), CLIENT, rotate_to(1, T0), T0).is_err());
}
