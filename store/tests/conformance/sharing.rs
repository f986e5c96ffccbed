//! The number of disk syncs: one for an operation that changes something, none for any other.

use crate::fixtures::*;
use store::Store;
use store::testing::disk::Disk;

#[test]
fn a_single_write_causes_one_sync_and_reads_and_refusals_none() {
    let disk = Disk::default();
    let backend = disk.clone();
    let store = Store::on_backend(move || backend.clone()).unwrap();
    with_code(&store, 1, T0);
    let syncs = |what: &dyn Fn()| {
        let before = disk.syncs();
        what();
        disk.syncs() - before
    };
    let redeem = |n: u8| store.redeem_code(&tenant(), &id(n), grant(n, T0), T0).unwrap();
    assert_eq!(syncs(&|| assert_eq!(redeem(1), DONE)), 1);
    let nothing = syncs(&|| {
        assert_eq!(redeem(9), Redeem::Unknown);
        assert!(!store.register_client(client(&tenant(), CLIENT, T0), T0).unwrap().created);
        assert!(store.refresh(&tenant(), &id(1), T0).unwrap().is_some());
        store.ready().unwrap();
    });
    assert_eq!(nothing, 0);
}
