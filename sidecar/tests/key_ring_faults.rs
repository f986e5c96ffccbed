//! Power cuts while signing keys rotate and while all secrets are sealed again, at every call that changes the disk.
#![expect(clippy::unwrap_used, reason = "tests")]

use protocol::secret::Secret;
use protocol::time::UnixTime;
use sidecar::keys::{KeyRing, KeyTimes};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::crypto::{Place, SealError, Sealed, Sealer};
use store::entropy::SeededEntropy;
use store::intent::keys::ResealAll;
use store::testing::disk::{Disk, Fault};
use store::{Reseal, Store};

const T0: UnixTime = UnixTime::new(1_800_000_000);
const DAY: u64 = 86_400;
const TIMES: KeyTimes = KeyTimes { rotation_secs: 30 * DAY, overlap_secs: DAY, token_secs: 3_600 };

fn sealer(current: u8, previous: &[u8]) -> Sealer {
    let key = |byte: u8| Secret::new([byte; 32]);
    let previous: Vec<_> = previous.iter().map(|byte| key(*byte)).collect();
    Sealer::new(&key(current), &previous, Arc::new(SeededEntropy::new(u64::from(current))))
}

fn open(disk: &Disk) -> Option<Arc<Store>> {
    let disk = disk.clone();
    Some(Arc::new(Store::on_backend(move || disk.clone()).ok()?))
}

/// Opens the signing keys of a store at the time `now`, with a source of randomness that is seeded with the time.
fn ring(store: &Arc<Store>, sealer: Sealer, now: UnixTime) -> Result<KeyRing, String> {
    let entropy = Arc::new(SeededEntropy::new(now.as_secs()));
    let anchor = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    KeyRing::open(Arc::clone(store), sealer, entropy, anchor, TIMES, now).map_err(|error| error.to_string())
}

/// Rotates twice and changes the encryption key, until the disk fails. Returns the last signing key and its time.
fn live(disk: &Disk) -> (Option<String>, UnixTime) {
    let mut signed = None;
    let Some(store) = open(disk) else { return (signed, T0) };
    let mut now = T0;
    for _ in 0..3 {
        let Ok(ring) = ring(&store, sealer(1, &[]), now) else { return (signed, now) };
        signed = Some(ring.current(now).unwrap().kid.clone());
        now = now.plus(30 * DAY);
        if ring.tick(now).is_err() {
            return (signed, now);
        }
        signed = Some(ring.current(now).unwrap().kid.clone());
    }
    let new = sealer(2, &[1]);
    let anew = move |place: &Place, sealed: &Sealed| -> Result<Option<Sealed>, SealError> {
        new.seal(place, new.open(place, sealed)?.expose()).map(Some)
    };
    let reseal: Reseal = Arc::new(anew);
    let _ = store.write(ResealAll { reseal });
    (signed, now)
}

fn published(ring: &KeyRing) -> BTreeSet<String> {
    let set: serde_json::Value = serde_json::from_str(&ring.jwks()).unwrap();
    let keys = set.get("keys").and_then(serde_json::Value::as_array).unwrap();
    keys.iter().map(|key| key.get("kid").unwrap().as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_key_ring_is_consistent_after_a_power_cut_at_any_write() {
    let new = Disk::default();
    drop(open(&new).unwrap());
    let prepared = new.after_power_cut();
    let whole = prepared.after_power_cut();
    live(&whole);
    let calls = whole.calls();
    assert!(calls > 20, "{calls}");
    for at in 0..calls {
        let disk = prepared.failing(at, Fault::PowerCut, 15_485_863 + at as u64);
        let (signed, now) = live(&disk);
        let store = open(&disk.after_power_cut()).unwrap_or_else(|| panic!("call {at}"));
        // Sealing all secrets again is all or nothing, so one of the two keys opens everything.
        let again = ring(&store, sealer(2, &[]), now).or_else(|_| ring(&store, sealer(1, &[]), now));
        let again = again.unwrap_or_else(|error| panic!("call {at}: {error}"));
        again.current(now).unwrap();
        if let Some(kid) = signed {
            assert!(published(&again).contains(&kid), "call {at}: tokens signed by {kid} are still valid");
        }
    }
}
