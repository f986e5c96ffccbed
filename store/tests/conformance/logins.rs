//! Logins: binding to a browser, compare-and-swap of steps, replacing the cookie, limits.

use crate::fixtures::*;
use protocol::server::login::StepKind;
use protocol::uri::ResourceUri;
use store::record::{Callback, CodeRecord, Hash, LoginRecord, LoginStep, Spent};
use store::{Advance, Begin, Store, StoreError};

const NEW_BROWSER: Hash = [0xbb; 32];

fn consent() -> LoginStep {
    password_proven("ann").to().clone()
}

fn begin(store: &Store, record: LoginRecord) {
    let now = record.created;
    assert_eq!(store.begin_login(record, now).unwrap(), Begin::Done);
}

fn find(store: &Store, n: u8, browser: &Hash) -> Option<LoginRecord> {
    store.login(&tenant(), &id(n), browser, T0).unwrap()
}

pub(crate) fn a_login_is_visible_only_to_its_own_browser(store: &Store) {
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
    let advance = store.advance_login(&tenant(), &id(1), &BROWSER, password_proven("ann"), None, end);
    assert_eq!(advance.unwrap(), Advance::Lost);
    assert_eq!(store.drop_login(&tenant(), &id(1), &BROWSER, given_up(), end).unwrap(), Advance::Lost);
    begin(store, login(2, T0));
    store.advance_login(&tenant(), &id(2), &BROWSER, password_proven("ann"), None, T0).unwrap();
    let finish = store.finish_login(&tenant(), &id(2), &BROWSER, consent_given("ann"), code(1, end), end);
    assert_eq!(finish.unwrap(), Advance::Lost);
}

pub(crate) fn a_step_is_replaced_only_if_it_is_the_expected_one(store: &Store) {
    with_client(store);
    begin(store, login(1, T0));
    let finish = || {
        let step = consent_given("ann");
        store.finish_login(&tenant(), &id(1), &BROWSER, step, code(1, T0), T0).unwrap()
    };
    let advance = |step| store.advance_login(&tenant(), &id(1), &BROWSER, step, None, T0).unwrap();
    assert_eq!(finish(), Advance::Lost);
    assert_eq!(advance(sent_to_provider()), Advance::Lost);
    assert_eq!(find(store, 1, &BROWSER), Some(login(1, T0)));
    assert_eq!(advance(password_proven("ann")), Advance::Done);
    assert_eq!(advance(password_proven("ann")), Advance::Lost);
    assert_eq!(find(store, 1, &BROWSER), Some(LoginRecord { step: consent(), ..login(1, T0) }));
    assert_eq!(store.drop_login(&tenant(), &id(1), &BROWSER, given_up(), T0).unwrap(), Advance::Lost);
    assert!(store.code(&tenant(), &id(1), T0).unwrap().is_none());
    assert_eq!(finish(), Advance::Done);
}

/// A user who approves again after being sent to the provider is sent there again, with another `state`.
pub(crate) fn a_login_can_be_sent_to_the_provider_again(store: &Store) {
    with_client(store);
    with_callback(store, 1, T0);
    let again = Callback { upstream_state: id(78), ..callback() };
    let again = find(store, 1, &BROWSER).unwrap().step.sent_to_provider(again).unwrap();
    let advance = store.advance_login(&tenant(), &id(1), &BROWSER, again, None, T0);
    assert_eq!(advance.unwrap(), Advance::Done);
    let find = |state| store.login_by_upstream_state(&tenant(), &state, &BROWSER, T0).unwrap();
    assert!(find(id(77)).is_none() && find(id(78)).is_some());
}

pub(crate) fn a_login_can_begin_only_at_its_first_step(store: &Store) {
    with_client(store);
    for step in [consent(), sent_to_provider().to().clone()] {
        let refused = store.begin_login(LoginRecord { step, ..login(1, T0) }, T0);
        assert!(matches!(refused, Err(StoreError::Invariant(_))), "{refused:?}");
    }
    assert_eq!(find(store, 1, &BROWSER), None);
}

/// A code must be for the user who logged in and for the login's request.
pub(crate) fn a_login_can_finish_only_with_its_own_code(store: &Store) {
    with_client(store);
    begin(store, login(1, T0));
    store.advance_login(&tenant(), &id(1), &BROWSER, password_proven("ann"), None, T0).unwrap();
    let eve = CodeRecord { identity: identity("eve"), ..code(1, T0) };
    let elsewhere = CodeRecord { redirect_uri: "https://eve.example/cb".to_owned(), ..code(1, T0) };
    let misled = CodeRecord { state: Some("eve's".to_owned()), ..code(1, T0) };
    let unbound = CodeRecord { code_challenge: "A".repeat(43), ..code(1, T0) };
    let resource = ResourceUri::parse("https://wiki.example/other").unwrap();
    let for_another_server = CodeRecord { resource, ..code(1, T0) };
    let redeemed = CodeRecord { spent: Some(Spent { grant: grant_id(1), at: T0 }), ..code(1, T0) };
    let of_strangers = strangers().map(|tenant| CodeRecord { tenant, ..code(1, T0) });
    let by_ann = [eve.clone(), elsewhere, misled, unbound, for_another_server, redeemed];
    let by_ann = by_ann.into_iter().chain(of_strangers);
    let cases = by_ann.map(|code| (consent_given("ann"), code)).chain([(consent_given("eve"), eve)]);
    for (step, code) in cases {
        let refused = store.finish_login(&tenant(), &id(1), &BROWSER, step, code, T0);
        assert!(matches!(refused, Err(StoreError::Invariant(_))), "{refused:?}");
    }
    assert_eq!(find(store, 1, &BROWSER).unwrap().step.kind(), StepKind::AwaitConsent, "all or nothing");
}

pub(crate) fn a_login_is_found_by_the_state_of_the_providers_response(store: &Store) {
    with_client(store);
    begin(store, upstream_login(1, T0));
    let find = |browser| store.login_by_upstream_state(&tenant(), &id(77), browser, T0).unwrap();
    assert_eq!(find(&BROWSER), None);
    let advance = store.advance_login(&tenant(), &id(1), &BROWSER, sent_to_provider(), None, T0);
    assert_eq!(advance.unwrap(), Advance::Done);
    assert_eq!(find(&BROWSER).unwrap().step, *sent_to_provider().to());
    assert_eq!(find(&NEW_BROWSER), None);
    assert_eq!(store.login_by_upstream_state(&tenant(), &id(77), &BROWSER, T0.plus(600)).unwrap(), None);
    let finish = store.finish_login(&tenant(), &id(1), &BROWSER, identity_proven("ann"), code(1, T0), T0);
    assert_eq!(finish.unwrap(), Advance::Done);
    assert_eq!(find(&BROWSER), None, "an answer is taken once");
}

pub(crate) fn a_new_cookie_value_replaces_the_old_one(store: &Store) {
    with_client(store);
    begin(store, login(1, T0));
    begin(store, login(2, T0));
    let rebind = Some(&NEW_BROWSER);
    store.advance_login(&tenant(), &id(1), &BROWSER, password_proven("ann"), rebind, T0).unwrap();
    assert_eq!(find(store, 1, &NEW_BROWSER).unwrap().step, consent());
    assert!(find(store, 1, &BROWSER).is_none(), "the old value is dead");
    assert!(find(store, 2, &BROWSER).is_some(), "another login is left alone");
    // A failed compare-and-swap changes nothing.
    let lost = store.advance_login(&tenant(), &id(1), &NEW_BROWSER, sent_to_provider(), Some(&BROWSER), T0);
    assert_eq!(lost.unwrap(), Advance::Lost);
    assert!(find(store, 1, &NEW_BROWSER).is_some());
}

pub(crate) fn finishing_a_login_creates_the_code_and_removes_the_login(store: &Store) {
    with_client(store);
    begin(store, login(1, T0));
    begin(store, login(2, T0));
    store.advance_login(&tenant(), &id(1), &BROWSER, password_proven("ann"), None, T0).unwrap();
    let step = consent_given("ann");
    let finish = store.finish_login(&tenant(), &id(1), &BROWSER, step.clone(), code(9, T0), T0);
    assert_eq!(finish.unwrap(), Advance::Done);
    assert_eq!(find(store, 1, &BROWSER), None);
    assert!(find(store, 2, &BROWSER).is_some(), "another login is left alone");
    assert_eq!(store.code(&tenant(), &id(9), T0).unwrap(), Some(code(9, T0)));
    assert_eq!(store.client(&tenant(), CLIENT).unwrap().unwrap().approved_at, Some(T0));
    let again = store.finish_login(&tenant(), &id(1), &BROWSER, step, code(8, T0), T0);
    assert_eq!(again.unwrap(), Advance::Lost);
    assert!(store.code(&tenant(), &id(8), T0).unwrap().is_none());
}

pub(crate) fn a_login_whose_client_was_removed_cannot_finish(store: &Store) {
    assert_eq!(store.begin_login(login(1, T0), T0).unwrap(), Begin::NoSuchClient);
    assert_eq!(find(store, 1, &BROWSER), None);
    with_client(store);
    begin(store, login(1, T0));
    store.advance_login(&tenant(), &id(1), &BROWSER, password_proven("ann"), None, T0).unwrap();
    let mut foreign = code(1, T0);
    "client-2".clone_into(&mut foreign.client_id);
    store.register_client(client(&tenant(), "client-2", T0), T0).unwrap();
    let finish = store.finish_login(&tenant(), &id(1), &BROWSER, consent_given("ann"), foreign, T0);
    assert!(matches!(finish, Err(StoreError::Invariant(_))), "{finish:?}");
    assert!(find(store, 1, &BROWSER).is_some(), "all or nothing");
}

pub(crate) fn denial_removes_the_login(store: &Store) {
    with_client(store);
    begin(store, login(1, T0));
    assert_eq!(store.drop_login(&tenant(), &id(1), &NEW_BROWSER, given_up(), T0).unwrap(), Advance::Lost);
    assert_eq!(store.drop_login(&tenant(), &id(1), &BROWSER, given_up(), T0).unwrap(), Advance::Done);
    assert_eq!(store.drop_login(&tenant(), &id(1), &BROWSER, given_up(), T0).unwrap(), Advance::Lost);
    assert_eq!(find(store, 1, &BROWSER), None);
}

pub(crate) fn ids_are_never_reused(store: &Store) {
    with_grant(store, 1, T0);
    begin(store, login(2, T0));
    assert!(store.begin_login(login(2, T0), T0).is_err());
    store.advance_login(&tenant(), &id(2), &BROWSER, password_proven("ann"), None, T0).unwrap();
    let finish = |code| store.finish_login(&tenant(), &id(2), &BROWSER, consent_given("ann"), code, T0);
    assert!(finish(code(1, T0)).is_err(), "a code twice");
    assert!(find(store, 2, &BROWSER).is_some(), "all or nothing");
    assert_eq!(finish(code(2, T0)).unwrap(), Advance::Done);
    assert!(store.redeem_code(&tenant(), &id(2), grant(1, T0), T0).is_err(), "a grant twice");
    let mut same_token = grant(2, T0);
    same_token.refresh = grant(1, T0).refresh;
    assert!(store.redeem_code(&tenant(), &id(2), same_token, T0).is_err(), "a refresh token twice");
    assert!(store.code(&tenant(), &id(2), T0).unwrap().unwrap().spent.is_none(), "all or nothing");
    assert!(store.rotate_refresh(&tenant(), &id(1), CLIENT, rotate_to(1, T0), T0).is_err());
}
