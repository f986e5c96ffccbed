//! Many threads run the same operation at once, in many rounds: exactly one succeeds.

use crate::audit::{all, ids, row};
use crate::fixtures::*;
use std::sync::Barrier;
use store::intent::audit::Audited;
use store::intent::clients::RegisterClient;
use store::record::{AssertionRecord, AuditClass, AuditRecord};
use store::{Advance, AuditLimits, Store, UpstreamTurn};

const THREADS: u8 = 8;
const ROUNDS: u8 = 12;

/// Runs `work` on all threads simultaneously and returns the results.
pub(crate) fn all_at_once<T: Send>(work: impl Fn(u8) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(usize::from(THREADS));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|n| {
                let (barrier, work) = (&barrier, &work);
                scope.spawn(move || {
                    barrier.wait();
                    work(n)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn count<T: PartialEq>(answers: &[T], wanted: &T) -> usize {
    answers.iter().filter(|answer| *answer == wanted).count()
}

pub(crate) fn only_one_of_parallel_calls_redeems_a_code(store: &Store) {
    for round in 0..ROUNDS {
        with_code(store, round, T0);
        let first = 100 + round * THREADS;
        let answers =
            all_at_once(|n| store.redeem_code(&tenant(), &id(round), grant(first + n, T0), T0).unwrap());
        assert_eq!(count(&answers, &DONE), 1, "{answers:?}");
        let winner = answers.iter().position(|answer| *answer == DONE).unwrap();
        let grant = grant_id(first + u8::try_from(winner).unwrap());
        assert_eq!(count(&answers, &Redeem::AlreadySpent { grant }), usize::from(THREADS) - 1);
        for n in 0..THREADS {
            let token = id(first + n);
            assert_eq!(store.refresh(&tenant(), &token, T0).unwrap(), None, "reuse revoked the one grant");
        }
    }
}

pub(crate) fn one_assertion_leads_to_one_grant(store: &Store) {
    with_client(store);
    for round in 0..ROUNDS {
        let first = 100 + round * THREADS;
        let answers = all_at_once(|n| {
            let grant = crate::direct::direct(first + n, &format!("user {n}"), T0);
            let record = AssertionRecord { id: id(round), expires: T0.plus(60) };
            store.put_direct(grant, Some(record), T0).unwrap()
        });
        assert_eq!(count(&answers, &Direct::AssertionUsed), usize::from(THREADS) - 1, "{answers:?}");
    }
}

pub(crate) fn parallel_rotations_of_a_token_get_one_successor(store: &Store) {
    for round in 0..ROUNDS {
        with_grant(store, round, T0);
        let first = 100 + round * THREADS;
        let answers = all_at_once(|n| {
            let rotate = rotate_to(first + n, T0);
            store.rotate_refresh(&tenant(), &id(round), CLIENT, rotate, T0).unwrap()
        });
        let winner = answers.iter().position(|answer| *answer == Rotation::Rotated).unwrap();
        let winner = first + u8::try_from(winner).unwrap();
        let repeat = Rotation::Repeat { sealed_successor: sealed(&format!("token {winner}")) };
        assert_eq!(count(&answers, &Rotation::Rotated), 1, "{answers:?}");
        assert_eq!(count(&answers, &repeat), usize::from(THREADS) - 1, "{answers:?}");
        for token in (0..THREADS).map(|n| first + n) {
            let works = store.refresh(&tenant(), &id(token), T0).unwrap().is_some();
            assert_eq!(works, token == winner);
        }
    }
}

pub(crate) fn only_one_of_parallel_calls_advances_a_login(store: &Store) {
    with_client(store);
    for round in 0..ROUNDS {
        let login_id = id(round);
        store.begin_login(login(round, T0), T0).unwrap();
        let answers = all_at_once(|_| {
            store.advance_login(&tenant(), &login_id, &BROWSER, password_proven("ann"), None, T0).unwrap()
        });
        assert_eq!(count(&answers, &Advance::Done), 1, "{answers:?}");
        let answers = all_at_once(|n| {
            if n % 2 == 0 {
                let ended = password_proven("ann").to().ended();
                store.drop_login(&tenant(), &login_id, &BROWSER, ended, T0).unwrap()
            } else {
                let (step, code) = (consent_given("ann"), code(round * THREADS + n, T0));
                store.finish_login(&tenant(), &login_id, &BROWSER, step, code, T0).unwrap()
            }
        });
        assert_eq!(count(&answers, &Advance::Done), 1, "{answers:?}");
    }
}

pub(crate) fn only_one_of_parallel_calls_creates_a_client(store: &Store) {
    for round in 0..ROUNDS {
        let name = format!("client-{round}");
        let answers =
            all_at_once(|_| store.register_client(client(&tenant(), &name, T0), T0).unwrap().created);
        assert_eq!(count(&answers, &true), 1);
    }
}

pub(crate) fn one_assertion_is_used_by_one(store: &Store) {
    for round in 0..ROUNDS {
        let record = AssertionRecord { id: id(round), expires: T0.plus(60) };
        let answers = all_at_once(|_| store.use_assertion(record.clone(), T0).unwrap());
        assert_eq!(count(&answers, &true), 1);
    }
}

pub(crate) fn only_one_of_parallel_calls_may_ask_the_provider(store: &Store) {
    for round in 0..ROUNDS {
        with_grant(store, round, T0);
        let answers = all_at_once(|_| store.begin_upstream(&tenant(), &grant_id(round), 10, T0).unwrap());
        assert_eq!(count(&answers, &UpstreamTurn::Taken), 1, "{answers:?}");
        assert_eq!(count(&answers, &UpstreamTurn::Busy), usize::from(THREADS) - 1, "{answers:?}");
    }
}

pub(crate) fn only_one_of_parallel_calls_replaces_the_key_ring(store: &Store) {
    for round in 0..u64::from(ROUNDS) {
        let answers =
            all_at_once(|n| store.replace_signing_keys(round, vec![signing_key(n, ACTIVE)]).unwrap());
        assert_eq!(count(&answers, &true), 1);
        let winner = answers.iter().position(|won| *won).unwrap();
        let ring = store.signing_keys().unwrap();
        assert_eq!(ring.version, round + 1);
        assert_eq!(ring.keys, vec![signing_key(u8::try_from(winner).unwrap(), ACTIVE)]);
    }
}

pub(crate) fn parallel_operations_write_all_their_audit_rows(store: &Store) {
    let ids = ids();
    for round in 0..ROUNDS {
        let written = all_at_once(|n| {
            let row = row(&ids, AuditClass::Proven, T0.plus(round.into()), "ann");
            let record = client(&tenant(), &format!("client {round} {n}"), T0);
            let intent = RegisterClient { record, now: T0 };
            let audited = Audited::new(intent, AuditLimits::DEFAULT, move |_| vec![row.clone()]);
            store.write(audited).unwrap().1.written
        });
        assert_eq!(written, [1; THREADS as usize]);
    }
    let rows = store.read(all()).unwrap().rows;
    assert_eq!(rows.len(), usize::from(ROUNDS * THREADS));
    assert!(rows.is_sorted_by_key(AuditRecord::cursor));
}
