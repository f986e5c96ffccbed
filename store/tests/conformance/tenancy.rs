//! No operation reads or changes records of another tenant, browser or client.

use crate::fixtures::*;
use store::record::{GrantRecord, LoginRecord, RefreshRecord, RevokeReason};
use store::{Advance, Begin, GrantUpdate, NewGrant, Store, UpstreamTurn};

/// Everything that the owner can read of the fixtures' records.
type Sight = (
    Option<store::record::ClientRecord>,
    Option<LoginRecord>,
    Option<LoginRecord>,
    Option<store::record::CodeRecord>,
    Option<(RefreshRecord, GrantRecord)>,
);

fn sight(store: &Store) -> Sight {
    (
        store.client(&tenant(), CLIENT).unwrap(),
        store.login(&tenant(), &id(1), &BROWSER, T0).unwrap(),
        store.login_by_upstream_state(&tenant(), &id(77), &BROWSER, T0).unwrap(),
        store.code(&tenant(), &id(3), T0).unwrap(),
        store.refresh(&tenant(), &id(4), T0).unwrap(),
    )
}

/// Login 1 awaits a password, login 2 the provider's response with state 77; also code 3, and grant and refresh token
/// 4.
fn everything(store: &Store) -> Sight {
    with_grant(store, 4, T0);
    with_code(store, 3, T0);
    store.begin_login(login(1, T0), T0).unwrap();
    with_callback(store, 2, T0);
    let sight = sight(store);
    assert!(
        sight.0.is_some() && sight.1.is_some() && sight.2.is_some() && sight.3.is_some() && sight.4.is_some()
    );
    sight
}

pub(crate) fn no_operation_reads_or_changes_records_of_another_tenant(store: &Store) {
    let before = everything(store);
    for other in strangers() {
        assert_eq!(store.client(&other, CLIENT).unwrap(), None);
        assert_eq!(store.login(&other, &id(1), &BROWSER, T0).unwrap(), None);
        assert_eq!(store.login_by_upstream_state(&other, &id(77), &BROWSER, T0).unwrap(), None);
        assert_eq!(store.code(&other, &id(3), T0).unwrap(), None);
        assert_eq!(store.refresh(&other, &id(4), T0).unwrap(), None);
        let foreign = LoginRecord { tenant: other.clone(), ..login(9, T0) };
        assert_eq!(store.begin_login(foreign, T0).unwrap(), Begin::NoSuchClient);
        let rebind = Some(&[9; 32]);
        let advance = store.advance_login(&other, &id(1), &BROWSER, password_proven("eve"), rebind, T0);
        assert_eq!(advance.unwrap(), Advance::Lost);
        let mut theirs = code(8, T0);
        theirs.tenant = other.clone();
        let finish = store.finish_login(&other, &id(2), &BROWSER, identity_proven("ann"), theirs, T0);
        assert_eq!(finish.unwrap(), Advance::Lost);
        assert_eq!(store.drop_login(&other, &id(1), &BROWSER, given_up(), T0).unwrap(), Advance::Lost);
        let NewGrant { grant, refresh } = grant(8, T0);
        let theirs = NewGrant { grant: GrantRecord { tenant: other.clone(), ..grant }, refresh };
        assert_eq!(store.redeem_code(&other, &id(3), theirs, T0).unwrap(), Redeem::Unknown);
        let rotate = store.rotate_refresh(&other, &id(4), CLIENT, rotate_to(9, T0), T0);
        assert_eq!(rotate.unwrap(), Rotation::Gone);
        let turn = store.begin_upstream(&other, &grant_id(4), 10, T0);
        assert_eq!(turn.unwrap(), UpstreamTurn::Gone);
        let update = GrantUpdate { confirmed: Some(T0), ..GrantUpdate::default() };
        assert!(!store.end_upstream(&other, &grant_id(4), update, T0).unwrap());
        assert!(!store.revoke_grant(&other, &grant_id(4), RevokeReason::UserRefused, T0).unwrap());
        // The same client id at another tenant is another client.
        assert!(store.register_client(client(&other, CLIENT, T0), T0).unwrap().created);
        assert_eq!(sight(store), before);
    }
}

pub(crate) fn no_operation_reads_or_changes_records_of_another_browser_or_client(store: &Store) {
    let before = everything(store);
    let waiting = sent_to_provider().to().clone();
    let again = waiting.clone().sent_to_provider(callback()).unwrap();
    let thief = [9; 32];
    assert_eq!(store.login(&tenant(), &id(1), &thief, T0).unwrap(), None);
    assert_eq!(store.login_by_upstream_state(&tenant(), &id(77), &thief, T0).unwrap(), None);
    for (flow, advanced, ended) in
        [(id(1), password_proven("eve"), given_up()), (id(2), again, waiting.ended())]
    {
        let advance = store.advance_login(&tenant(), &flow, &thief, advanced, Some(&[8; 32]), T0);
        assert_eq!(advance.unwrap(), Advance::Lost);
        assert_eq!(store.drop_login(&tenant(), &flow, &thief, ended, T0).unwrap(), Advance::Lost);
    }
    let finish = store.finish_login(&tenant(), &id(2), &thief, identity_proven("ann"), code(8, T0), T0);
    assert_eq!(finish.unwrap(), Advance::Lost);
    let mut theirs = grant(8, T0);
    "client-2".clone_into(&mut theirs.grant.client_id);
    assert_eq!(store.redeem_code(&tenant(), &id(3), theirs, T0).unwrap(), Redeem::Unknown);
    let rotate = store.rotate_refresh(&tenant(), &id(4), "client-2", rotate_to(9, T0), T0);
    assert_eq!(rotate.unwrap(), Rotation::WrongClient);
    assert_eq!(sight(store), before);
}
