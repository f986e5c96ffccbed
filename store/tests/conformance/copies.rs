//! Backups: a restored store equals the one that was backed up, whatever the backends.

use crate::fixtures::*;
use crate::model::{Op, ops, run};
use crate::model_look::look;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use protocol::secret::Secret;
use std::sync::Arc;
use store::backup::{BackupError, back_up, restore};
use store::crypto::Sealer;
use store::engine::redb::OpenError;
use store::entropy::SeededEntropy;
use store::intent::copy::CopyIn;
use store::{Store, StoreError};

fn sealer() -> Sealer {
    Sealer::new(&Secret::new([1; 32]), &[], Arc::new(SeededEntropy::new(1)))
}

fn backup_of(store: &Store) -> Vec<u8> {
    let mut bytes = Vec::new();
    back_up(store, &mut bytes, &sealer(), &SeededEntropy::new(2)).unwrap();
    bytes
}

fn file() -> Store {
    Store::on_backend(redb::backends::InMemoryBackend::new).unwrap()
}

/// Runs operations on one store and on the oracle, restores a backup into the other store, and runs the rest there.
fn lives_on(one: &Store, other: &Store, life: &[Op]) {
    let (oracle, mut now) = (Store::oracle(), T0);
    let mut step = |store: &Store, op: &Op| {
        if let Op::Wait(secs) = op {
            now = now.plus(u64::from(*secs));
        }
        assert_eq!(run(store, op, now), run(&oracle, op, now), "{op:?}");
        now
    };
    let (first, rest) = life.split_at(life.len() / 2);
    for op in first {
        step(one, op);
    }
    one.replace_signing_keys(0, vec![signing_key(1, ACTIVE)]).unwrap();
    restore(other, &backup_of(one)[..], &sealer()).unwrap();
    assert_eq!(other.signing_keys().unwrap(), one.signing_keys().unwrap());
    for op in rest {
        let now = step(other, op);
        assert_eq!(look(other, now), look(&oracle, now));
    }
}

#[test]
fn a_restored_store_behaves_like_the_original() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..12 {
        let life = prop::collection::vec(ops(), 3).new_tree(&mut runner).unwrap().current().concat();
        lives_on(&file(), &file(), &life);
    }
    for _ in 0..3 {
        let life = ops().new_tree(&mut runner).unwrap().current();
        lives_on(&file(), &crate::server::store(), &life);
        lives_on(&crate::server::store(), &file(), &life);
    }
}

#[test]
fn a_backup_is_not_restored_into_a_store_that_is_not_empty() {
    let (one, other) = (file(), file());
    with_grant(&one, 1, T0);
    with_client(&other);
    let before = look(&other, T0);
    let error = restore(&other, &backup_of(&one)[..], &sealer()).unwrap_err();
    assert!(matches!(error, BackupError::Store(StoreError::Invariant("the store is not empty"))), "{error}");
    assert_eq!(look(&other, T0), before);
}

#[test]
fn a_store_with_an_interrupted_restore_is_not_opened() {
    let one = file();
    for n in 0..200 {
        let mut record = client(&tenant(), &format!("client {n}"), T0);
        record.metadata = "x".repeat(1_000).into();
        one.register_client(record, T0).unwrap();
    }
    let backup = backup_of(&one);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    let store = Store::open_file(&path).unwrap();
    let error = restore(&store, &backup[..backup.len() - 100], &sealer()).unwrap_err();
    assert!(matches!(error, BackupError::Incomplete), "{error}");
    drop(store);
    assert!(matches!(Store::open_file(&path).unwrap_err(), OpenError::Unfinished));
    std::fs::remove_file(&path).unwrap();
    let store = Store::open_file(&path).unwrap();
    restore(&store, &backup[..], &sealer()).unwrap();
    drop(store);
    assert!(Store::open_file(&path).unwrap().client(&tenant(), "client 199").unwrap().is_some());
}

#[test]
fn restoring_an_invalid_backup_does_not_change_the_store() {
    let store = file();
    assert!(matches!(restore(&store, &b"notes"[..], &sealer()), Err(BackupError::Foreign)));
    let wrong = Sealer::new(&Secret::new([2; 32]), &[], Arc::new(SeededEntropy::new(1)));
    assert!(matches!(restore(&store, &backup_of(&file())[..], &wrong), Err(BackupError::UnknownKey)));
    // The store is still empty and usable.
    restore(&store, &backup_of(&file())[..], &sealer()).unwrap();
    with_grant(&store, 1, T0);
}

#[test]
fn a_table_that_no_longer_exists_is_ignored_in_a_backup() {
    let store = file();
    let entry = ("logins_by_browser".to_owned(), vec![1], Vec::new());
    for step in [CopyIn::Begin, CopyIn::Entries(vec![entry]), CopyIn::End] {
        store.write(step).unwrap();
    }
    let mut tables = Vec::new();
    let mut sink = |table: &'static str, _: &[u8], _: &[u8]| {
        tables.push(table);
        Ok(())
    };
    store.copy_out(&mut sink).unwrap();
    assert_eq!(tables, ["meta"]);
}
