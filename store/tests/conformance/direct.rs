//! Grants that no login led to: there is one for each user and client, and each assertion is used once.

use crate::fixtures::*;
use protocol::time::UnixTime;
use store::limits::{ENDED_PER_USER, GRANTS_PER_USER};
use store::record::{AssertionRecord, GrantId, GrantRecord, RevokeReason};
use store::{AuditLimits, Store, StoreError, SweepLimits};

/// Grant `n` of `sub` to [`CLIENT`], which lasts for an hour.
pub(crate) fn direct(n: u8, sub: &str, now: UnixTime) -> GrantRecord {
    GrantRecord {
        redirect_uri: String::new(),
        identity: identity(sub),
        expires: now.plus(3_600),
        ..grant(n, now).grant
    }
}

fn assertion(n: u8, now: UnixTime) -> AssertionRecord {
    AssertionRecord { id: id(n), expires: now.plus(300) }
}

const fn new(n: u8) -> Direct {
    Direct::Done { grant: grant_id(n), created: true, crowded_out: None }
}

const fn same(n: u8) -> Direct {
    Direct::Done { grant: grant_id(n), created: false, crowded_out: None }
}

pub(crate) fn a_grant_without_a_login_goes_on(store: &Store) {
    with_client(store);
    assert_eq!(store.put_direct(direct(1, "ann", T0), None, T0).unwrap(), new(1));
    let later = T0.plus(1_000);
    let changed = GrantRecord { scopes: scopes("read write"), token_secs: 60, ..direct(2, "ann", later) };
    assert_eq!(store.put_direct(changed.clone(), None, later).unwrap(), same(1));
    let kept = store.grant(&tenant(), &grant_id(1), later).unwrap().unwrap();
    let expected = GrantRecord { id: grant_id(1), created: T0, token_secs: 3_600, ..changed };
    assert_eq!(kept, expected, "what was revoked lived for an hour, so its revocation is kept as long");
    assert!(store.grant(&tenant(), &grant_id(2), later).unwrap().is_none());
    // A continued grant never expires earlier than before.
    let short = GrantRecord { expires: later.plus(1), ..direct(3, "ann", later) };
    assert_eq!(store.put_direct(short, None, later).unwrap(), same(1));
    let end = later.plus(3_600);
    assert!(store.grant(&tenant(), &grant_id(1), end.minus(1)).unwrap().is_some());
    assert!(store.grant(&tenant(), &grant_id(1), end).unwrap().is_none());
    assert_eq!(store.put_direct(direct(4, "ann", end), None, end).unwrap(), new(4));
    let limits = SweepLimits { client_idle_secs: 90 * DAY, batch: 100, audit: AuditLimits::DEFAULT };
    assert_eq!(store.sweep(end, &limits).unwrap().grants, 1, "swept at the later of its ends");
    assert!(store.grant(&tenant(), &grant_id(4), end).unwrap().is_some());
}

pub(crate) fn a_grant_without_a_login_is_of_one_user_client_and_tenant(store: &Store) {
    // A grant of the same user and client that a login led to.
    with_grant(store, 1, T0);
    assert_eq!(store.put_direct(direct(2, "ann", T0), None, T0).unwrap(), new(2));
    assert_eq!(store.put_direct(direct(3, "bob", T0), None, T0).unwrap(), new(3));
    let other = GrantRecord { client_id: "client-2".to_owned(), ..direct(4, "ann", T0) };
    assert_eq!(store.put_direct(other, None, T0).unwrap(), new(4));
    for (n, stranger) in (5..).zip(strangers()) {
        let foreign = GrantRecord { tenant: stranger.clone(), ..direct(n, "ann", T0) };
        assert_eq!(store.put_direct(foreign, None, T0).unwrap(), new(n));
        assert!(store.grant(&tenant(), &grant_id(n), T0).unwrap().is_none());
    }
    assert_eq!(store.put_direct(direct(9, "ann", T0), None, T0).unwrap(), same(2));
    // A revoked grant is not continued.
    assert!(store.revoke_grant(&tenant(), &grant_id(2), RevokeReason::ByAdministrator, T0).unwrap());
    assert_eq!(store.put_direct(direct(9, "ann", T0), None, T0).unwrap(), new(9));
    assert_eq!(store.revocations(T0).unwrap().len(), 1);
    assert!(store.refresh(&tenant(), &id(1), T0).unwrap().is_some(), "the login's grant is untouched");
}

pub(crate) fn an_assertion_leads_to_a_grant_once(store: &Store) {
    with_client(store);
    assert_eq!(store.put_direct(direct(1, "ann", T0), Some(assertion(7, T0)), T0).unwrap(), new(1));
    for (n, sub) in [(2, "ann"), (3, "bob")] {
        let again = store.put_direct(direct(n, sub, T0), Some(assertion(7, T0)), T0.plus(299)).unwrap();
        assert_eq!(again, Direct::AssertionUsed);
    }
    assert_eq!(store.grant(&tenant(), &grant_id(1), T0).unwrap(), Some(direct(1, "ann", T0)));
    assert!(store.grant(&tenant(), &grant_id(3), T0).unwrap().is_none());
    // An assertion that was used for one purpose counts as used for every other.
    assert!(!store.use_assertion(assertion(7, T0), T0).unwrap());
    assert!(store.use_assertion(assertion(8, T0), T0).unwrap());
    assert_eq!(
        store.put_direct(direct(4, "bob", T0), Some(assertion(8, T0)), T0).unwrap(),
        Direct::AssertionUsed
    );
    let end = T0.plus(300);
    assert_eq!(store.put_direct(direct(5, "bob", end), Some(assertion(7, end)), end).unwrap(), new(5));
}

pub(crate) fn a_client_that_the_provider_names_is_approved(store: &Store) {
    let approved = || store.client(&tenant(), CLIENT).unwrap().map(|client| client.approved_at);
    with_client(store);
    assert_eq!(store.put_direct(direct(1, "ann", T0), None, T0).unwrap(), new(1));
    assert_eq!(approved(), Some(None), "nobody has vouched for it");
    let later = T0.plus(10);
    assert_eq!(store.put_direct(direct(2, "ann", later), Some(assertion(7, later)), later).unwrap(), same(1));
    assert_eq!(approved(), Some(Some(later)));
    let limits = SweepLimits { client_idle_secs: 90 * DAY, batch: 100, audit: AuditLimits::DEFAULT };
    assert_eq!(store.sweep(T0.plus(89 * DAY), &limits).unwrap().clients, 0);
    assert_eq!(approved(), Some(Some(later)));
}

pub(crate) fn a_direct_grant_has_neither_redirect_uri_nor_another_tenant(store: &Store) {
    with_client(store);
    let from_login = grant(1, T0).grant;
    let sealed = GrantRecord { upstream_refresh: Some(sealed("x")), ..direct(1, "ann", T0) };
    for wrong in [from_login, sealed] {
        let refused = store.put_direct(wrong, Some(assertion(7, T0)), T0);
        assert!(matches!(refused, Err(StoreError::Invariant(_))), "{refused:?}");
    }
    let refused = store.put_direct_at(&strangers()[1], direct(1, "ann", T0), None, T0);
    assert!(matches!(refused, Err(StoreError::Invariant(_))), "{refused:?}");
    assert!(store.use_assertion(assertion(7, T0), T0).unwrap(), "nothing was written");
}

pub(crate) fn direct_grants_of_a_user_are_limited_like_others(store: &Store) {
    let numbered = |n: usize| {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&u64::try_from(n).unwrap().to_be_bytes());
        GrantId(bytes)
    };
    let of = |n: usize, now: UnixTime| GrantRecord {
        id: numbered(n),
        client_id: format!("client-{n}"),
        ..direct(0, "ann", now)
    };
    for n in 0..GRANTS_PER_USER {
        let now = T0.plus(u64::try_from(n).unwrap());
        let done = Direct::Done { grant: numbered(n), created: true, crowded_out: None };
        assert_eq!(store.put_direct(of(n, now), None, now).unwrap(), done);
    }
    let now = T0.plus(500);
    let next = GRANTS_PER_USER;
    let done = Direct::Done { grant: numbered(next), created: true, crowded_out: Some(numbered(0)) };
    assert_eq!(store.put_direct(of(next, now), None, now).unwrap(), done);
    for n in 0..ENDED_PER_USER {
        let at = numbered(1_000 + n);
        let own = GrantRecord { id: at, client_id: "loop".to_owned(), ..direct(0, "eve", now) };
        assert!(matches!(store.put_direct(own, None, now).unwrap(), Direct::Done { created: true, .. }));
        assert!(store.revoke_grant(&tenant(), &at, RevokeReason::ByClient, now).unwrap());
    }
    let refused = store.put_direct(direct(9, "eve", now), Some(assertion(7, now)), now).unwrap();
    assert_eq!(refused, Direct::TooMany);
    assert!(store.use_assertion(assertion(7, now), now).unwrap(), "nothing changed");
}
