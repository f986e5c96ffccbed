//! Second factors of local users.

use crate::fixtures::*;
use crate::parallel::all_at_once;
use protocol::server::second_factor::Presented;
use store::intent::second_factors::{
    EnrolSecondFactor, FindSecondFactor, RemoveSecondFactor, UseSecondFactor,
};
use store::record::SecondFactorRecord;
use store::{SecondFactorUse, Store};

/// The second factor of a user, for which the code of the time step `step` was accepted last.
pub(crate) fn second_factor(user: &str, step: u64) -> SecondFactorRecord {
    SecondFactorRecord {
        user: user.to_owned(),
        secret: sealed("secret"),
        last_step: step,
        recovery: vec![id(1), id(2)],
        last_recovery: None,
        enrolled: T0,
    }
}

pub(crate) fn enrol(store: &Store, record: SecondFactorRecord) -> bool {
    let user = record.user.clone();
    let proof = store.write(EnrolSecondFactor { record }).unwrap();
    proof.is_some_and(|proof| proof.subject() == user)
}

fn find(store: &Store, user: &str) -> Option<SecondFactorRecord> {
    store.read(FindSecondFactor { user: user.to_owned() }).unwrap()
}

pub(crate) fn present(store: &Store, user: &str, presented: Presented) -> SecondFactorUse {
    let secret = find(store, user).map_or_else(|| sealed("none"), |found| found.secret);
    store.write(UseSecondFactor { user: user.to_owned(), secret, presented }).unwrap()
}

fn is_accepted(used: &SecondFactorUse) -> bool {
    matches!(used, SecondFactorUse::Accepted { .. })
}

pub(crate) fn a_second_factor_is_set_up_once(store: &Store) {
    assert_eq!(find(store, "ann"), None);
    assert!(enrol(store, second_factor("ann", 7)));
    assert!(!enrol(store, SecondFactorRecord { secret: sealed("another"), ..second_factor("ann", 9) }));
    assert_eq!(find(store, "ann"), Some(second_factor("ann", 7)));
    assert_eq!((find(store, "Ann"), find(store, "an")), (None, None));
    // Without a code of the second factor, nothing is proven.
    assert!(!enrol(store, second_factor("bob", 0)));
}

pub(crate) fn a_code_is_accepted_once(store: &Store) {
    enrol(store, second_factor("ann", 7));
    assert_eq!(present(store, "ann", Presented::Step(7)), SecondFactorUse::Repeated, "that of the set-up");
    assert!(is_accepted(&present(store, "ann", Presented::Step(9))));
    assert_eq!(present(store, "ann", Presented::Step(9)), SecondFactorUse::Repeated);
    assert_eq!(present(store, "ann", Presented::Step(8)), SecondFactorUse::Refused);
    assert_eq!(present(store, "bob", Presented::Step(99)), SecondFactorUse::Refused);
    let other =
        UseSecondFactor { user: "ann".to_owned(), secret: sealed("another"), presented: Presented::Step(99) };
    assert_eq!(store.write(other).unwrap(), SecondFactorUse::Refused, "a code of another secret");
    assert_eq!(find(store, "ann").unwrap().last_step, 9);
}

pub(crate) fn a_recovery_code_is_accepted_once(store: &Store) {
    enrol(store, second_factor("ann", 7));
    match present(store, "ann", Presented::Recovery(id(2))) {
        SecondFactorUse::Accepted { proof, recovery_left } => {
            assert_eq!((proof.subject(), recovery_left), ("ann", 1));
        }
        other => assert!(is_accepted(&other), "{other:?}"),
    }
    assert_eq!(present(store, "ann", Presented::Recovery(id(2))), SecondFactorUse::Repeated);
    assert!(is_accepted(&present(store, "ann", Presented::Recovery(id(1)))));
    for used in [1, 2] {
        let repeated = present(store, "ann", Presented::Recovery(id(used)));
        assert!(!is_accepted(&repeated), "{repeated:?}");
    }
    let left = find(store, "ann").unwrap();
    assert_eq!((left.recovery.len(), left.last_recovery, left.last_step), (0, Some(id(1)), 7));
}

pub(crate) fn a_second_factor_is_removed(store: &Store) {
    let remove = |user: &str| store.write(RemoveSecondFactor { user: user.to_owned() }).unwrap();
    enrol(store, second_factor("ann", 7));
    enrol(store, second_factor("bob", 7));
    assert!(remove("ann") && !remove("ann"));
    assert!(find(store, "ann").is_none() && find(store, "bob").is_some());
    assert!(enrol(store, second_factor("ann", 8)));
}

/// Of parallel calls with the same code, one is accepted.
pub(crate) fn only_one_of_parallel_calls_uses_a_code(store: &Store) {
    enrol(store, second_factor("ann", 7));
    let uses = all_at_once(|_| present(store, "ann", Presented::Step(9)));
    assert_eq!(uses.iter().filter(|used| is_accepted(used)).count(), 1, "{uses:?}");
}
