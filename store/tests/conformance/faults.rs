//! Lets the disk fail at every call that changes it: power cuts with torn writes, failed syncs, a full disk.
//!
//! Afterwards, every completed operation has taken effect, and every other operation has taken effect completely or
//! not at all. The oracle gives the expected state.

use crate::fixtures::*;
use crate::model::{Op, run};
use crate::model_look::look;
use protocol::time::UnixTime;
use store::testing::disk::{Disk, Fault};
use store::{AuditLimits, Store, StoreError, SweepLimits, Swept};

/// A sequence of operations that uses every table and ends with removals.
const SCRIPT: [Op; 32] = [
    Op::Register(0, 0),
    Op::Begin(0, 1, 0),
    Op::Advance(0, 1, 0, false, true),
    Op::Begin(0, 2, 0),
    Op::Advance(0, 2, 0, false, false),
    Op::Finish(0, 2, 0),
    Op::Redeem(0, 2, true),
    Op::Rotate(0, 2, 3, 0),
    Op::RotateAudited(3, 4, 1),
    Op::Append(2, 1, false),
    Op::Append(3, 1, true),
    Op::Append(4, 2, false),
    Op::Register(2, 2),
    Op::Put(0, 0, true),
    Op::Assert(1),
    Op::Begin(0, 5, 0),
    Op::Advance(0, 5, 0, false, false),
    Op::Finish(0, 5, 0),
    Op::Redeem(0, 5, true),
    Op::Rotate(0, 5, 1, 0),
    Op::Redeem(0, 5, true),
    Op::Revoke(0, 2),
    Op::Begin(2, 3, 2),
    Op::Drop(2, 3, 2),
    Op::Wait(4_000),
    Op::Append(5, 2, false),
    Op::RotateAudited(4, 0, 6),
    Op::Erase(1, 1),
    Op::Wait(90_000),
    Op::Sweep(3),
    Op::Put(0, 0, false),
    Op::Remove(0, 0),
];
/// The number of ways to lose unsynced data that are tried at each call.
const SEEDS: u64 = 3;

/// The result of [`run`] for a failed operation.
const FAILED: &str = "None";

/// The operations of the script, each with the time at which it runs.
fn times() -> impl Iterator<Item = (&'static Op, UnixTime)> {
    let mut now = T0;
    SCRIPT.iter().map(move |op| {
        if let Op::Wait(secs) = op {
            now = now.plus(u64::from(*secs));
        }
        (op, now)
    })
}

/// The visible state at `now` after the first `count` operations.
fn after(count: usize, now: UnixTime) -> String {
    let oracle = Store::oracle();
    for (op, now) in times().take(count) {
        run(&oracle, op, now);
    }
    look(&oracle, now)
}

fn open(disk: &Disk) -> Result<Store, String> {
    let disk = disk.clone();
    Store::on_backend(move || disk.clone()).map_err(|error| error.to_string())
}

/// Runs the script until the disk fails; returns the number of operations that completed.
fn live(disk: &Disk) -> usize {
    let Ok(store) = open(disk) else { return 0 };
    for (done, (op, now)) in times().enumerate() {
        run(&store, op, now);
        if disk.has_failed() {
            return done;
        }
    }
    SCRIPT.len()
}

/// A disk with an empty database, and the number of calls with which the script changes the disk.
fn prepared() -> (Disk, usize) {
    let new = Disk::default();
    drop(open(&new).unwrap());
    let disk = new.after_power_cut();
    assert_eq!(live(&disk.clone()), SCRIPT.len());
    assert!(disk.syncs() > SCRIPT.len() / 2, "the script is durable step by step");
    (new.after_power_cut(), disk.calls())
}

#[test]
fn after_a_power_cut_every_completed_operation_has_taken_effect() {
    let (prepared, calls) = prepared();
    let mut outcomes = [0, 0];
    for at in 0..calls {
        for seed in 1..=SEEDS {
            let disk = prepared.failing(at, Fault::PowerCut, seed * 7_919 + at as u64);
            let answered = live(&disk);
            let store = open(&disk.after_power_cut()).unwrap_or_else(|error| panic!("call {at}: {error}"));
            let now = times().nth(answered).map_or(T0, |(_, now)| now);
            let seen = look(&store, now);
            let (without, with) = (after(answered, now), after(answered + 1, now));
            assert!(seen == without || seen == with, "call {at}, seed {seed}, after {answered} operations");
            outcomes[usize::from(seen != without)] += 1;
            // The indexes are consistent: everything can be removed.
            let limits = SweepLimits { client_idle_secs: DAY, batch: 1_000, audit: AuditLimits::DEFAULT };
            store.sweep(now.plus(1_000 * DAY), &limits).unwrap();
            assert_eq!(store.sweep(now.plus(1_000 * DAY), &limits).unwrap(), Swept::default());
            store.ready().unwrap();
        }
    }
    assert!(outcomes.iter().all(|count| *count > 3), "lost and kept, both were seen: {outcomes:?}");
}

#[test]
fn a_single_failed_call_fails_one_operation_and_needs_no_restart() {
    let (prepared, calls) = prepared();
    for at in 0..calls {
        let disk = prepared.failing(at, Fault::Once, 104_729 + at as u64);
        // If opening fails, the next start succeeds.
        let store = open(&disk).or_else(|_| open(&disk)).unwrap_or_else(|error| panic!("call {at}: {error}"));
        // The possible states so far: it is unknown whether the failed operation took effect.
        let mut lives = vec![Store::oracle()];
        let mut now = T0;
        for (op, then) in times() {
            now = then;
            let healthy = !disk.has_failed();
            let answer = run(&store, op, now);
            if healthy && disk.has_failed() {
                let untouched = Store::oracle();
                times().take_while(|(earlier, _)| !std::ptr::eq(*earlier, op)).for_each(|(op, now)| {
                    run(&untouched, op, now);
                });
                run(&lives[0], op, now);
                lives.push(untouched);
                assert_eq!(answer, FAILED, "call {at}, {op:?}");
                store.ready().unwrap_or_else(|error| panic!("call {at}: {error}"));
            } else {
                lives.retain(|life| run(life, op, now) == answer);
                assert!(!lives.is_empty(), "call {at}, {op:?}: {answer}");
            }
        }
        let seen = look(&store, now);
        assert!(lives.iter().any(|life| look(life, now) == seen), "call {at}");
    }
}

#[test]
fn a_full_disk_is_reported_and_the_store_recovers_when_there_is_space() {
    let disk = Disk::default();
    let store = open(&disk).unwrap();
    with_client(&store);
    for room in [Some(disk.length()), Some(0)] {
        disk.set_room(room);
        let mut taken = 0;
        let error = loop {
            let mut record = client(&tenant(), &format!("client {room:?} {taken}"), T0);
            record.metadata = "x".repeat(100_000).into();
            match store.register_client(record, T0) {
                Ok(_) => taken += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Backend(_)), "{error}");
        assert!(store.ready().is_err(), "not ready while there is no room");
        disk.set_room(None);
        store.ready().unwrap();
        for n in 0..taken {
            let name = format!("client {room:?} {n}");
            assert!(store.client(&tenant(), &name).unwrap().is_some(), "{n} was answered");
        }
        assert!(store.client(&tenant(), &format!("client {room:?} {taken}")).unwrap().is_none());
        with_grant(&store, u8::from(room == Some(0)), T0);
        store.ready().unwrap();
    }
}
