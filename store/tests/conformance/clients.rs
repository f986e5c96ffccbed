//! Registration.

use crate::fixtures::*;
use protocol::time::UnixTime;
use std::sync::Arc;
use store::limits::{ENDED_PER_USER, GRANTS_PER_USER};
use store::record::{
    AssertionRecord, ClientKind, ClientRecord, CodeRecord, GrantId, LoginRecord, RevokeReason,
};
use store::{Advance, AuditLimits, Registered, Rotate, Store, SweepLimits};

pub(crate) fn registering_again_changes_nothing(store: &Store) {
    let first = client(&tenant(), CLIENT, T0);
    let registered = store.register_client(first.clone(), T0).unwrap();
    assert_eq!(registered, Registered { record: first.clone(), created: true });

    let mut other = client(&tenant(), CLIENT, T0.plus(5));
    other.metadata = serde_json::json!({ "client_name": "somebody else" });
    let again = store.register_client(other, T0.plus(5)).unwrap();
    assert_eq!(again, Registered { record: first.clone(), created: false });
    assert_eq!(store.client(&tenant(), CLIENT).unwrap(), Some(first));
    assert_eq!(store.client(&tenant(), "client-2").unwrap(), None);
}

pub(crate) fn the_last_use_of_a_client_is_recorded_by_day_or_hour(store: &Store) {
    for (approved_at, precision) in [(None, 3_600), (Some(T0), DAY)] {
        let client_id = format!("client {precision}");
        let record = ClientRecord { approved_at, ..client(&tenant(), &client_id, T0) };
        store.register_client(record, T0).unwrap();
        let last_used_after = |n: u8, now| {
            let record = LoginRecord { purpose: request_of(&client_id), ..login(n, now) };
            let n = n + if approved_at.is_some() { 10 } else { 0 };
            store.begin_login(LoginRecord { flow: id(n), ..record }, now).unwrap();
            store.client(&tenant(), &client_id).unwrap().unwrap().last_used
        };
        assert_eq!(last_used_after(1, T0.plus(precision - 1)), T0, "not written at every use");
        assert_eq!(last_used_after(2, T0.plus(precision)), T0.plus(precision));
    }
}

const NAMED: fn(&str) -> bool = |uri| uri == "https://client.example/cb";
const NOTHING_NAMED: fn(&str) -> bool = |_| false;

pub(crate) fn an_update_of_the_metadata_keeps_the_other_fields(store: &Store) {
    with_grant(store, 1, T0);
    let before = store.client(&tenant(), CLIENT).unwrap().unwrap();
    let mut record = client(&tenant(), CLIENT, T0.plus(DAY));
    record.metadata = serde_json::json!({ "client_name": "renamed" });
    record.kind = ClientKind::KeyHolder;
    assert_eq!(store.put_client(record.clone(), Arc::new(NAMED), T0.plus(5)).unwrap(), 0);
    let after = store.client(&tenant(), CLIENT).unwrap().unwrap();
    assert_eq!((&after.metadata, after.kind), (&record.metadata, ClientKind::KeyHolder));
    assert_eq!(
        (after.issued_at, after.last_used, after.approved_at),
        (before.issued_at, before.last_used, before.approved_at)
    );
    assert!(after.approved_at.is_some());
    assert!(store.grant(&tenant(), &grant_id(1), T0.plus(5)).unwrap().is_some());
}

pub(crate) fn a_client_that_does_not_exist_can_be_put(store: &Store) {
    let record = client(&tenant(), "client-2", T0);
    assert_eq!(store.put_client(record.clone(), Arc::new(NOTHING_NAMED), T0).unwrap(), 0);
    assert_eq!(store.client(&tenant(), "client-2").unwrap(), Some(record));
    let limits = SweepLimits { client_idle_secs: 5 * DAY, batch: 10, audit: AuditLimits::DEFAULT };
    assert_eq!(store.sweep(T0.plus(5 * DAY), &limits).unwrap().clients, 1, "it is swept like any other");
}

pub(crate) fn a_dropped_redirect_uri_ends_its_grants(store: &Store) {
    with_grant(store, 1, T0);
    let now = T0.plus(9);
    assert_eq!(store.put_client(client(&tenant(), CLIENT, now), Arc::new(NOTHING_NAMED), now).unwrap(), 1);
    assert_eq!(store.grant(&tenant(), &grant_id(1), now).unwrap(), None);
    assert_eq!(store.refresh(&tenant(), &id(1), now).unwrap(), None);
    assert_eq!(revoked(store, now), [(now, grant_id(1))]);
    assert_eq!(
        store.put_client(client(&tenant(), CLIENT, now), Arc::new(NOTHING_NAMED), now).unwrap(),
        0,
        "once"
    );
}

pub(crate) fn removing_a_client_ends_its_grants(store: &Store) {
    with_grant(store, 1, T0);
    for stranger in strangers() {
        assert!(!store.remove_client(&stranger, CLIENT, T0).unwrap());
    }
    assert!(store.grant(&tenant(), &grant_id(1), T0).unwrap().is_some());
    assert!(store.remove_client(&tenant(), CLIENT, T0).unwrap());
    assert!(!store.remove_client(&tenant(), CLIENT, T0).unwrap());
    assert_eq!(store.client(&tenant(), CLIENT).unwrap(), None);
    assert_eq!(store.refresh(&tenant(), &id(1), T0).unwrap(), None);
    assert_eq!(revoked(store, T0), [(T0, grant_id(1))]);
}

pub(crate) fn an_assertion_is_used_once(store: &Store) {
    let record = AssertionRecord { id: id(1), expires: T0.plus(60) };
    assert!(store.use_assertion(record.clone(), T0).unwrap());
    assert!(!store.use_assertion(record.clone(), T0.plus(59)).unwrap());
    assert!(store.use_assertion(AssertionRecord { id: id(2), ..record.clone() }, T0).unwrap());
    // An expired record counts as absent; the new record is stored.
    let again = AssertionRecord { expires: T0.plus(120), ..record };
    assert!(store.use_assertion(again.clone(), T0.plus(60)).unwrap());
    assert!(!store.use_assertion(again, T0.plus(61)).unwrap());
    let limits = SweepLimits { client_idle_secs: 5 * DAY, batch: 10, audit: AuditLimits::DEFAULT };
    assert_eq!(store.sweep(T0.plus(120), &limits).unwrap().marks, 2);
}

/// The revocations that are remembered at `now`, in chronological order.
fn revoked(store: &Store, now: UnixTime) -> Vec<(UnixTime, GrantId)> {
    let mut all: Vec<_> =
        store.revocations(now).unwrap().into_iter().map(|revoked| (revoked.at, revoked.grant)).collect();
    all.sort_unstable();
    all
}

/// A revocation is remembered for the longest lifetime of an access token issued under the grant, even if later ones
/// are shorter.
pub(crate) fn revocations_are_remembered_as_long_as_any_token(store: &Store) {
    let lives = [(1, 7_200, 600), (2, 600, 7_200), (3, 600, 600)];
    for (n, first, then) in lives {
        with_code(store, n, T0);
        let mut new = grant(n, T0);
        new.grant.token_secs = first;
        store.redeem_code(&tenant(), &id(n), new, T0).unwrap();
        let rotate = Rotate { token_secs: then, ..rotate_to(n + 10, T0) };
        store.rotate_refresh(&tenant(), &id(n), CLIENT, rotate, T0).unwrap();
        assert!(store.revoke_grant(&tenant(), &grant_id(n), RevokeReason::ByClient, T0.plus(5)).unwrap());
        assert!(!store.revoke_grant(&tenant(), &grant_id(n), RevokeReason::ByClient, T0.plus(6)).unwrap());
    }
    let there = |after: u64| {
        revoked(store, T0.plus(5 + after))
            .into_iter()
            .map(|(at, grant)| (at.since(T0), grant))
            .collect::<Vec<_>>()
    };
    let all = [1, 2, 3].map(|n| (5, grant_id(n)));
    assert_eq!(there(0), all);
    assert_eq!(there(600 + 119), all, "clocks may differ");
    assert_eq!(there(600 + 120), all[..2]);
    assert_eq!(there(7_200 + 119), all[..2]);
    assert_eq!(there(7_200 + 120), []);
    let limits = SweepLimits { client_idle_secs: 5 * DAY, batch: 10, audit: AuditLimits::DEFAULT };
    let marks = |after: u64| store.sweep(T0.plus(5 + after), &limits).unwrap().marks;
    assert_eq!((marks(719), marks(720), marks(7_319), marks(7_320)), (0, 1, 0, 2));
    assert_eq!(store.revocations(T0).unwrap(), []);
}

/// Creates grant `n` of this user; returns the result.
fn grant_of(store: &Store, n: u16, sub: &str, now: UnixTime) -> Redeem {
    let mut hash = id(0);
    hash[..2].copy_from_slice(&n.to_be_bytes());
    let code = CodeRecord { code: hash, identity: identity(sub), ..code(0, now) };
    store.begin_login(LoginRecord { flow: hash, ..login(0, now) }, now).unwrap();
    assert_eq!(finish(store, &hash, code, now), Advance::Done);
    let mut new = grant(0, now);
    new.grant.identity = identity(sub);
    new.grant.id.0[..2].copy_from_slice(&n.to_be_bytes());
    new.refresh = None;
    let id = new.grant.id;
    let answer = store.redeem_code(&tenant(), &hash, new, now).unwrap();
    let live = store.grant(&tenant(), &id, now).unwrap().is_some();
    assert_eq!(live, answer != Redeem::TooMany);
    answer
}

fn numbered(n: u16) -> GrantId {
    let mut id = grant_id(0);
    id.0[..2].copy_from_slice(&n.to_be_bytes());
    id
}

pub(crate) fn a_users_grants_are_limited_and_a_new_one_ends_the_oldest(store: &Store) {
    with_client(store);
    let most = u16::try_from(GRANTS_PER_USER).unwrap();
    for n in 0..most {
        assert_eq!(grant_of(store, n, "ann", T0.plus(n.into())), DONE);
    }
    let now = T0.plus(500);
    for n in 0..3 {
        let gone = Some(numbered(n));
        assert_eq!(grant_of(store, most + n, "ann", now), Redeem::Done { crowded_out: gone });
        assert!(store.grant(&tenant(), &numbered(n), now).unwrap().is_none());
    }
    assert!(store.grant(&tenant(), &numbered(3), now).unwrap().is_some());
    assert_eq!(revoked(store, now), [0, 1, 2].map(|n| (now, numbered(n))), "their access tokens end too");
    assert_eq!(grant_of(store, 900, "bob", now), DONE, "another user");
    // A revoked grant makes room for a new one.
    assert!(store.revoke_grant(&tenant(), &numbered(9), RevokeReason::ByClient, now).unwrap());
    assert_eq!(grant_of(store, 901, "ann", now), DONE);
}

pub(crate) fn creating_and_revoking_grants_without_end_is_refused(store: &Store) {
    with_client(store);
    let most = u16::try_from(ENDED_PER_USER).unwrap();
    for n in 0..most {
        assert_eq!(grant_of(store, n, "ann", T0), DONE);
        assert!(store.revoke_grant(&tenant(), &numbered(n), RevokeReason::ByClient, T0).unwrap());
    }
    assert_eq!(grant_of(store, most, "ann", T0), Redeem::TooMany);
    assert_eq!(grant_of(store, 900, "bob", T0), DONE, "another user");
    let hash = {
        let mut hash = id(0);
        hash[..2].copy_from_slice(&most.to_be_bytes());
        hash
    };
    assert!(store.code(&tenant(), &hash, T0).unwrap().unwrap().spent.is_none(), "nothing changed");
    assert_eq!(store.revocations(T0).unwrap().len(), ENDED_PER_USER);
    // Once their tokens have expired, the revocations are forgotten.
    let limits = SweepLimits { client_idle_secs: 5 * DAY, batch: 1_000, audit: AuditLimits::DEFAULT };
    let later = T0.plus(3_600 + 120);
    assert_eq!(store.sweep(later, &limits).unwrap().marks, ENDED_PER_USER);
    assert_eq!(grant_of(store, 902, "ann", later), DONE);
}
