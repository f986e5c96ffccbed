//! Registration.

use crate::fixtures::*;
use sidecar::store::records::{AssertionRecord, ClientKind, ClientRecord, LoginRecord, RevokeReason};
use sidecar::store::{REVOKED_KEPT_SECS, Registered, Store, SweepLimits};
use std::sync::Arc;

pub(crate) fn registering_again_changes_nothing(store: &dyn Store) {
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

pub(crate) fn a_client_is_used_to_the_day_or_the_hour(store: &dyn Store) {
    for (approved_at, precision) in [(None, 3_600), (Some(T0), DAY)] {
        let client_id = format!("client {precision}");
        let record = ClientRecord { approved_at, ..client(&tenant(), &client_id, T0) };
        store.register_client(record, T0).unwrap();
        let last_used_after = |n: u8, now| {
            let record = LoginRecord { client_id: client_id.clone(), ..login(n, now) };
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

pub(crate) fn new_metadata_keep_what_was(store: &dyn Store) {
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
    assert!(store.family(&tenant(), &family_id(1), T0.plus(5)).unwrap().is_some());
}

pub(crate) fn a_client_can_be_put_that_was_not_there(store: &dyn Store) {
    let record = client(&tenant(), "client-2", T0);
    assert_eq!(store.put_client(record.clone(), Arc::new(NOTHING_NAMED), T0).unwrap(), 0);
    assert_eq!(store.client(&tenant(), "client-2").unwrap(), Some(record));
    let limits = SweepLimits { client_idle_secs: 5 * DAY, batch: 10 };
    assert_eq!(store.sweep(T0.plus(5 * DAY), &limits).unwrap().clients, 1, "it is swept like any other");
}

pub(crate) fn a_dropped_redirect_uri_ends_its_grants(store: &dyn Store) {
    with_grant(store, 1, T0);
    let now = T0.plus(9);
    assert_eq!(store.put_client(client(&tenant(), CLIENT, now), Arc::new(NOTHING_NAMED), now).unwrap(), 1);
    assert_eq!(store.family(&tenant(), &family_id(1), now).unwrap(), None);
    assert_eq!(store.refresh(&tenant(), &id(1), now).unwrap(), None);
    assert_eq!(store.revoked_since(T0, 10).unwrap(), [(now, family_id(1))]);
    assert_eq!(
        store.put_client(client(&tenant(), CLIENT, now), Arc::new(NOTHING_NAMED), now).unwrap(),
        0,
        "once"
    );
}

pub(crate) fn a_removed_client_takes_its_grants_along(store: &dyn Store) {
    with_grant(store, 1, T0);
    for stranger in strangers() {
        assert!(!store.remove_client(&stranger, CLIENT, T0).unwrap());
    }
    assert!(store.family(&tenant(), &family_id(1), T0).unwrap().is_some());
    assert!(store.remove_client(&tenant(), CLIENT, T0).unwrap());
    assert!(!store.remove_client(&tenant(), CLIENT, T0).unwrap());
    assert_eq!(store.client(&tenant(), CLIENT).unwrap(), None);
    assert_eq!(store.refresh(&tenant(), &id(1), T0).unwrap(), None);
    assert_eq!(store.revoked_since(T0, 10).unwrap(), [(T0, family_id(1))]);
}

pub(crate) fn an_assertion_is_used_once(store: &dyn Store) {
    let record = AssertionRecord { id: id(1), expires: T0.plus(60) };
    assert!(store.use_assertion(record.clone(), T0).unwrap());
    assert!(!store.use_assertion(record.clone(), T0.plus(59)).unwrap());
    assert!(store.use_assertion(AssertionRecord { id: id(2), ..record.clone() }, T0).unwrap());
    // Expired, it says nothing any more; the new one counts from then on.
    let again = AssertionRecord { expires: T0.plus(120), ..record };
    assert!(store.use_assertion(again.clone(), T0.plus(60)).unwrap());
    assert!(!store.use_assertion(again, T0.plus(61)).unwrap());
    let limits = SweepLimits { client_idle_secs: 5 * DAY, batch: 10 };
    assert_eq!(store.sweep(T0.plus(120), &limits).unwrap().marks, 2);
}

pub(crate) fn revocations_are_remembered_longer_than_any_token(store: &dyn Store) {
    for n in 1..=3 {
        with_grant(store, n, T0);
        let at = T0.plus(u64::from(n));
        assert!(store.revoke_family(&tenant(), &family_id(n), RevokeReason::ByClient, at).unwrap());
        assert!(!store.revoke_family(&tenant(), &family_id(n), RevokeReason::ByClient, at.plus(1)).unwrap());
    }
    let newest_first = [3, 2, 1].map(|n| (T0.plus(u64::from(n)), family_id(n)));
    assert_eq!(store.revoked_since(T0, 10).unwrap(), newest_first);
    assert_eq!(store.revoked_since(T0.plus(2), 10).unwrap(), newest_first[..2]);
    assert_eq!(store.revoked_since(T0, 2).unwrap(), newest_first[..2]);
    let limits = SweepLimits { client_idle_secs: 5 * DAY, batch: 10 };
    let end = T0.plus(1 + REVOKED_KEPT_SECS);
    assert_eq!(store.sweep(end.minus(1), &limits).unwrap().marks, 0);
    assert_eq!(store.sweep(end, &limits).unwrap().marks, 1);
    assert_eq!(store.revoked_since(T0, 10).unwrap(), newest_first[..2]);
}
