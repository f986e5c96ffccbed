//! Tests of the key ring over time. Each test passes in the time.

use super::*;
use proptest::prelude::*;
use protocol::jose::anchor::{AnchorSeed, TrustAnchors};
use std::collections::BTreeSet;

use store::Store;
use store::entropy::SeededEntropy;
use store::intent::keys::{FindKeyRing, ReplaceKeyRing};

const T0: UnixTime = UnixTime::new(1_800_000_000);
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
const TIMES: KeyTimes = KeyTimes { rotation_secs: 30 * DAY, overlap_secs: 24 * HOUR, token_secs: HOUR };

fn seed() -> AnchorSeed {
    AnchorSeed::new(Secret::new([9; 32]))
}

fn sealer(key: u8) -> Sealer {
    Sealer::new(&Secret::new([key; 32]), &[], Arc::new(SeededEntropy::new(1)))
}

/// Opens the ring as a replica with its own randomness.
fn replica(store: &Arc<Store>, number: u64, now: UnixTime) -> KeyRing {
    try_replica(store, number, sealer(1), now).unwrap()
}

fn try_replica(store: &Arc<Store>, number: u64, sealer: Sealer, now: UnixTime) -> Result<KeyRing, KeyError> {
    let entropy = Arc::new(SeededEntropy::new(number));
    KeyRing::open(Arc::clone(store), sealer, entropy, seed().signing_key(), TIMES, now)
}

fn memory() -> Arc<Store> {
    Arc::new(Store::oracle())
}

/// Returns the key ids by state: next, active, retiring.
fn kids(store: &Arc<Store>) -> (Vec<String>, Vec<String>, Vec<String>) {
    let mut sorted = (Vec::new(), Vec::new(), Vec::new());
    for key in store.read(FindKeyRing).unwrap().keys {
        match key.state {
            SigningKeyState::Next => sorted.0.push(key.kid),
            SigningKeyState::Active { .. } => sorted.1.push(key.kid),
            SigningKeyState::Retiring { .. } => sorted.2.push(key.kid),
        }
    }
    sorted
}

fn published_kids(ring: &KeyRing) -> BTreeSet<String> {
    let set: serde_json::Value = serde_json::from_str(&ring.jwks()).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_key_is_next_then_active_then_retiring_then_gone() {
    let store = memory();
    let ring = replica(&store, 1, T0);
    let (next, active, _) = kids(&store);
    assert_eq!((next.len(), active.len()), (1, 1));
    assert_eq!(ring.current(T0).unwrap().kid, active[0]);

    ring.tick(T0.plus(30 * DAY - 1)).unwrap();
    assert_eq!(kids(&store).1, active, "not yet");

    let rotated = T0.plus(30 * DAY);
    ring.tick(rotated).unwrap();
    let (newer, now_active, retiring) = kids(&store);
    assert_eq!((&now_active, &retiring), (&next, &active), "the published key took over");
    assert_eq!(ring.current(rotated).unwrap().kid, next[0]);
    assert_eq!(published_kids(&ring), [&newer[0], &next[0], &active[0]].map(Clone::clone).into());

    ring.tick(rotated.plus(24 * HOUR - 1)).unwrap();
    assert_eq!(kids(&store).2, active);
    ring.tick(rotated.plus(24 * HOUR)).unwrap();
    assert_eq!(kids(&store), (newer.clone(), next.clone(), vec![]));
    assert_eq!(published_kids(&ring), [&newer[0], &next[0]].map(Clone::clone).into());
}

#[test]
fn the_certificate_vouches_for_the_key_and_its_time() {
    let store = memory();
    let ring = replica(&store, 1, T0);
    let current = ring.current(T0).unwrap();
    let anchors = TrustAnchors::new(vec![seed().trust_anchor()]);
    let verified = key_certificate::verify(&anchors, &current.kcert).unwrap();
    assert_eq!(verified.key(), &current.signing_key.verifying_key());
    assert_eq!(verified.thumbprint(), current.kid);
    let window = verified.window();
    assert_eq!(window.nbf, T0.minus(60));
    assert_eq!((window.sign_until, current.sign_until), (T0.plus(31 * DAY), T0.plus(31 * DAY)));
    assert_eq!(window.exp, T0.plus(31 * DAY + HOUR + 60));
}

/// Returns the ids of the keys for personal access tokens by state: next, active, retiring.
fn personal_kids(store: &Arc<Store>) -> (Vec<String>, Vec<String>, Vec<String>) {
    let mut sorted = (Vec::new(), Vec::new(), Vec::new());
    let keys = store.read(FindKeyRing).unwrap().keys;
    for key in keys.into_iter().filter(|key| key.purpose == KeyPurpose::PersonalTokens) {
        match key.state {
            SigningKeyState::Next => sorted.0.push(key.kid),
            SigningKeyState::Active { .. } => sorted.1.push(key.kid),
            SigningKeyState::Retiring { .. } => sorted.2.push(key.kid),
        }
    }
    sorted
}

#[test]
fn the_key_for_personal_tokens_is_made_when_it_is_first_needed() {
    let store = memory();
    let (one, two) = (replica(&store, 1, T0), replica(&store, 2, T0));
    one.tick(T0.plus(DAY)).unwrap();
    assert_eq!((personal_kids(&store), one.count()), ((vec![], vec![], vec![]), 2));
    let now = T0.plus(2 * DAY);
    let key = one.personal(now).unwrap();
    let (next, active, _) = personal_kids(&store);
    assert_eq!((next.len(), &active), (1, &vec![key.kid.clone()]));
    assert_eq!(one.personal(now).unwrap().kid, key.kid);
    // Another replica finds the same key before its next tick.
    let theirs = two.personal(now).unwrap();
    assert_eq!((&theirs.kid, &theirs.kcert), (&key.kid, &key.kcert));
    assert_ne!(one.current(now).unwrap().kid, key.kid);
    let published = published_kids(&one);
    assert!(published.contains(&key.kid) && published.contains(&next[0]));
    assert_eq!(published_kids(&two), published);
    assert_eq!(one.steps_taken(), ["begin", "begin"]);
    // A restart finds the same keys.
    assert_eq!(replica(&store, 3, now).personal(now).unwrap().kcert, key.kcert);
}

#[test]
fn the_certificate_for_personal_tokens_allows_a_year_and_nothing_else() {
    let store = memory();
    let ring = replica(&store, 1, T0);
    let key = ring.personal(T0).unwrap();
    let anchors = TrustAnchors::new(vec![seed().trust_anchor()]);
    let verified = key_certificate::verify(&anchors, &key.kcert).unwrap();
    assert_eq!(verified.purpose(), KeyPurpose::PersonalTokens);
    let window = verified.window();
    assert_eq!((window.nbf, window.sign_until), (T0.minus(60), T0.plus(91 * DAY)));
    assert_eq!(window.exp, T0.plus((91 + 366) * DAY + 60));
    let other = key_certificate::verify(&anchors, &ring.current(T0).unwrap().kcert).unwrap();
    assert_eq!(other.purpose(), KeyPurpose::AccessTokens);
    assert_eq!(other.window().exp, T0.plus(31 * DAY + HOUR + 60), "as before");
}

#[test]
fn keys_of_both_purposes_rotate_apart_and_are_published_until_their_last_token_expired() {
    let store = memory();
    let ring = replica(&store, 1, T0);
    let first = ring.personal(T0).unwrap().kid.clone();
    for days in 1..90 {
        ring.tick(T0.plus(days * DAY)).unwrap();
        assert_eq!(ring.personal(T0.plus(days * DAY)).unwrap().kid, first, "{days}");
    }
    let rotated = T0.plus(90 * DAY);
    ring.tick(rotated).unwrap();
    assert_ne!(ring.personal(rotated).unwrap().kid, first);
    assert_eq!(personal_kids(&store).2, std::slice::from_ref(&first));
    // The last token of the first key, and the tokens that other replicas sign a moment later, live for 366 days.
    let last = rotated.plus(366 * DAY + 60 + 600);
    ring.tick(last.minus(1)).unwrap();
    assert!(published_kids(&ring).contains(&first));
    ring.tick(last).unwrap();
    assert!(!published_kids(&ring).contains(&first));
}

#[test]
fn an_administrator_rotates_both_and_cannot_fill_the_key_set() {
    let store = memory();
    let ring = replica(&store, 1, T0);
    ring.rotate(T0).unwrap();
    assert_eq!(personal_kids(&store), (vec![], vec![], vec![]), "none was needed yet");
    let before = ring.personal(T0).unwrap().kid.clone();
    for n in 1..60 {
        let now = T0.plus(n * 2 * DAY);
        let current = ring.current(now.minus(DAY)).unwrap().kid.clone();
        ring.rotate(now).unwrap();
        assert_ne!(ring.current(now).unwrap().kid, current);
        let personal = ring.personal(now).unwrap();
        assert!(personal.kid != before && ring.count() < 40, "{n}: {}", ring.count());
    }
}

/// Plugins that read the key set from a file accept personal access tokens only with a certificate.
#[test]
fn published_keys_for_personal_tokens_are_marked() {
    let ring = replica(&memory(), 1, T0);
    let personal = ring.personal(T0).unwrap().kid.clone();
    let set = JwkSet::parse(ring.jwks().as_bytes()).unwrap();
    assert!(set.with_id(&ring.current(T0).unwrap().kid).next().is_some());
    assert!(set.with_id(&personal).next().is_none());
    assert!(ring.key_set().with_id(&personal).next().is_some(), "this server verifies its own");
}

#[test]
fn a_restart_in_the_middle_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    let open = || -> Arc<Store> { Arc::new(Store::open_file(&path).unwrap()) };
    let (kid, kcert, jwks) = {
        let ring = replica(&open(), 1, T0);
        let current = ring.current(T0).unwrap();
        (current.kid.clone(), current.kcert.clone(), ring.jwks())
    };
    let later = T0.plus(10 * DAY);
    let ring = replica(&open(), 2, later);
    let current = ring.current(later).unwrap();
    assert_eq!((&current.kid, &current.kcert, ring.jwks()), (&kid, &kcert, jwks));
}

#[test]
fn a_start_after_a_long_absence_rotates_before_anything_is_signed() {
    let store = memory();
    let (next, _, _) = {
        replica(&store, 1, T0);
        kids(&store)
    };
    let much_later = T0.plus(400 * DAY);
    let ring = replica(&store, 2, much_later);
    let current = ring.current(much_later).unwrap();
    assert_eq!(current.kid, next[0]);
    assert_eq!(current.sign_until, much_later.plus(31 * DAY));
}

#[test]
fn a_key_whose_time_is_over_does_not_sign() {
    let ring = replica(&memory(), 1, T0);
    let end = T0.plus(31 * DAY);
    assert!(ring.current(end).is_ok());
    assert!(matches!(ring.current(end.plus(1)), Err(KeyError::Stale)));
}

#[test]
fn a_clock_set_back_makes_a_new_key_take_over() {
    let store = memory();
    let before = replica(&store, 1, T0.plus(500 * DAY)).current(T0).unwrap().kid.clone();
    let ring = replica(&store, 2, T0);
    let current = ring.current(T0).unwrap();
    assert_ne!(current.kid, before);
    assert_eq!(current.sign_until, T0.plus(31 * DAY));
    let slightly = T0.minus(30);
    ring.tick(slightly).unwrap();
    assert_eq!(ring.current(slightly).unwrap().kid, current.kid, "within the skew nothing happens");
}

#[test]
fn two_replicas_on_one_store_agree() {
    let store = memory();
    let (one, two) = (replica(&store, 1, T0), replica(&store, 2, T0));
    let kid = |ring: &KeyRing, now| ring.current(now).unwrap().kid.clone();
    assert_eq!(kid(&one, T0), kid(&two, T0));
    let mut now = T0;
    for _ in 0..5 {
        now = now.plus(30 * DAY);
        let before = kid(&two, now);
        one.tick(now).unwrap();
        assert_eq!(kid(&two, now), before, "still valid until it ticks");
        assert!(published_kids(&one).contains(&before), "and still published");
        two.tick(now).unwrap();
        assert_eq!(kid(&one, now), kid(&two, now));
        assert_eq!((one.jwks(), kids(&store).1.len()), (two.jwks(), 1));
    }
}

#[test]
fn replicas_that_start_and_tick_at_once_make_one_ring() {
    for round in 0..20 {
        let store = memory();
        let rings: Vec<KeyRing> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|n| {
                    scope.spawn({
                        let store = &store;
                        move || replica(store, 10 * round + n, T0)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let later = T0.plus(30 * DAY);
        std::thread::scope(|scope| {
            for ring in &rings {
                scope.spawn(move || ring.tick(later).unwrap());
            }
        });
        let (next, active, retiring) = kids(&store);
        assert_eq!((next.len(), active.len(), retiring.len()), (1, 1, 1), "one step, taken once");
        for ring in &rings {
            assert_eq!(ring.current(later).unwrap().kid, active[0]);
        }
    }
}

#[test]
fn a_lost_encryption_key_is_said_so_and_the_ring_left_alone() {
    let store = memory();
    replica(&store, 1, T0);
    let before = store.read(FindKeyRing).unwrap();
    let error = try_replica(&store, 2, sealer(2), T0).unwrap_err();
    assert!(error.to_string().contains("BOUNCER_ENCRYPTION_KEYS_PREVIOUS"), "{error}");
    assert_eq!(store.read(FindKeyRing).unwrap(), before);
}

#[test]
fn with_a_wrong_encryption_key_no_step_is_taken_even_if_one_is_due() {
    let store = memory();
    replica(&store, 1, T0);
    let before = store.read(FindKeyRing).unwrap();
    for later in [T0, T0.plus(31 * DAY), T0.plus(400 * DAY)] {
        assert!(matches!(try_replica(&store, 2, sealer(2), later), Err(KeyError::Seal { .. })));
        assert_eq!(store.read(FindKeyRing).unwrap(), before);
    }
}

#[test]
fn a_seed_moved_to_another_key_is_noticed() {
    let store = memory();
    replica(&store, 1, T0);
    let KeyRingState { version, mut keys } = store.read(FindKeyRing).unwrap();
    let (first, rest) = keys.split_first_mut().unwrap();
    std::mem::swap(&mut first.seed, &mut rest[0].seed);
    assert!(store.write(ReplaceKeyRing { expected: version, keys }).unwrap());
    assert!(matches!(try_replica(&store, 2, sealer(1), T0), Err(KeyError::Seal { .. })));
}

#[test]
fn nothing_printable_holds_a_seed() {
    let store = memory();
    let ring = replica(&store, 1, T0);
    let current = ring.current(T0).unwrap();
    let seed = current.signing_key.to_bytes();
    let text = format!("{ring:?} {current:?} {:?} {}", store.read(FindKeyRing).unwrap(), ring.jwks());
    assert!(!text.contains(&b64url_encode(&seed)), "{text}");
    assert!(!text.contains(&format!("{seed:?}")), "{text}");
    assert!(!text.contains("\"d\""), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// For any times and any intervals between ticks: there is one active key and one next key, the active key is
    /// published, and a key stays published until its last token has expired.
    #[test]
    fn the_ring_holds_at_any_time(
        (rotation, overlap, token) in (1_u64..60, 0_u64..100, 1_u64..200),
        waits in prop::collection::vec(0_u64..100, 1..40),
    ) {
        let times = KeyTimes { rotation_secs: rotation * HOUR, overlap_secs: overlap * HOUR, token_secs: token * HOUR };
        let store = memory();
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(5));
        let open = |now| KeyRing::open(Arc::clone(&store), sealer(1), Arc::clone(&entropy), seed().signing_key(), times, now);
        let mut now = T0;
        let ring = open(now).unwrap();
        let mut signed: Vec<(String, UnixTime)> = Vec::new();
        for (at, wait) in waits.into_iter().enumerate() {
            now = now.plus(wait * HOUR);
            ring.tick(now).unwrap();
            let (next, active, _) = kids(&store);
            prop_assert_eq!((next.len(), active.len()), (1, 1));
            let current = ring.current(now).unwrap();
            prop_assert_eq!(&current.kid, &active[0]);
            prop_assert!(current.sign_until >= now);
            signed.push((current.kid.clone(), now.plus(times.token_secs)));
            signed.retain(|(_, expires)| now < *expires);
            let published = published_kids(&ring);
            prop_assert!(signed.iter().all(|(kid, _)| published.contains(kid)));
            if at % 7 == 0 {
                prop_assert_eq!(open(now).unwrap().jwks(), ring.jwks());
            }
        }
    }
}
