//! `rekey`: re-encrypts all stored secrets with the current encryption key.

use std::fmt::Write as _;
use std::sync::Arc;

use store::crypto::{Place, SealError, Sealed, Sealer};
use store::entropy::{Entropy, SystemEntropy};
use store::intent::keys::ResealAll;
use store::{Resealed, Store};

use super::terminal::CliError;
use crate::config::Config;

/// Re-encrypts the configured store in one transaction: if the process is killed, nothing has changed.
pub(super) fn rekey(config: &Config) -> Result<String, CliError> {
    let store = crate::serve::open_store(config).map_err(CliError::new)?;
    Ok(report(&reseal(&store, config, Arc::new(SystemEntropy))?))
}

fn report(done: &Resealed) -> String {
    let mut text = String::new();
    for damaged in &done.damaged {
        let _ = writeln!(text, "not changed, because it cannot be read: {damaged}");
    }
    let count = done.count;
    let _ = writeln!(
        text,
        "{count} values are now encrypted with BOUNCER_ENCRYPTION_KEY; you can remove BOUNCER_ENCRYPTION_KEYS_PREVIOUS"
    );
    text
}

fn reseal(store: &Store, config: &Config, entropy: Arc<dyn Entropy>) -> Result<Resealed, CliError> {
    let sealer = Sealer::new(&config.keys.encryption_key, &config.keys.encryption_keys_previous, entropy);
    let sealed_again = move |place: &Place, sealed: &Sealed| -> Result<Option<Sealed>, SealError> {
        let plain = sealer.open(place, sealed)?;
        if sealer.is_current(sealed) { Ok(None) } else { sealer.seal(place, plain.expose()).map(Some) }
    };
    store.write(ResealAll { reseal: Arc::new(sealed_again) }).map_err(CliError::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{KeyRing, KeyTimes};
    use protocol::time::UnixTime;
    use store::entropy::SeededEntropy;

    const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const NEW: &str = "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn config(pairs: &[(&str, &str)]) -> Config {
        Config::from_pairs(pairs.iter().copied()).unwrap()
    }

    fn open_ring(store: &Arc<Store>, config: &Config) -> Result<KeyRing, String> {
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(3));
        let sealer = Sealer::new(
            &config.keys.encryption_key,
            &config.keys.encryption_keys_previous,
            Arc::clone(&entropy),
        );
        let times = KeyTimes { rotation_secs: 86_400, overlap_secs: 7_200, token_secs: 3_600 };
        let anchor = config.keys.anchor().signing_key();
        KeyRing::open(Arc::clone(store), sealer, entropy, anchor, times, UnixTime::new(1_800_000_000))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn afterwards_the_old_key_is_not_needed() {
        let store: Arc<Store> = Arc::new(Store::oracle());
        open_ring(&store, &config(&[("BOUNCER_ENCRYPTION_KEY", OLD)])).unwrap();
        let both = config(&[("BOUNCER_ENCRYPTION_KEY", NEW), ("BOUNCER_ENCRYPTION_KEYS_PREVIOUS", OLD)]);
        let new = config(&[("BOUNCER_ENCRYPTION_KEY", NEW)]);
        open_ring(&store, &both).unwrap();
        assert!(open_ring(&store, &new).is_err(), "still encrypted with the old key");
        // Without the old key, the command fails and changes nothing.
        assert!(reseal(&store, &new, Arc::new(SeededEntropy::new(4))).is_err());
        assert_eq!(
            reseal(&store, &both, Arc::new(SeededEntropy::new(5))).unwrap().count,
            2,
            "next and active"
        );
        open_ring(&store, &new).unwrap();
        assert_eq!(
            reseal(&store, &new, Arc::new(SeededEntropy::new(6))).unwrap().count,
            0,
            "a second run has nothing to do"
        );
    }
}
