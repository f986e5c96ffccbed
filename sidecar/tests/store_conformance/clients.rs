//! Registration.

use crate::fixtures::*;
use sidecar::store::{Registered, Store};

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

pub(crate) fn a_client_is_used_to_the_day(store: &dyn Store) {
    with_client(store);
    let last_used = |store: &dyn Store| store.client(&tenant(), CLIENT).unwrap().unwrap().last_used;
    let soon = T0.plus(DAY - 1);
    store.begin_login(login(1, soon), soon).unwrap();
    assert_eq!(last_used(store), T0, "not written at every use");
    let later = T0.plus(DAY);
    store.begin_login(login(2, later), later).unwrap();
    assert_eq!(last_used(store), later);
}
