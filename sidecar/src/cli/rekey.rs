//! `rekey`: re-encrypts all stored secrets with the current encryption key.

use std::fmt::Write as _;
use std::sync::Arc;

use store::crypto::{Place, SealError, Sealed, Sealer};
use store::entropy::{Entropy, SystemEntropy, random_bytes};
use store::intent::keys::ResealAll;
use store::{Resealed, Store};

use super::progress::{Progress, Unit};
use super::terminal::CliError;
use crate::config::{Config, KeyOrigin, made_key};
use protocol::secret::Secret;

/// Re-encrypts the configured store in one transaction: if the process is killed, the store is unchanged. With
/// `new_key`, first makes a new key, and stores it in the key file that the first start made.
pub(super) fn rekey(config: &Config, new_key: bool) -> Result<String, CliError> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let file = match &config.keys.origin {
        KeyOrigin::Found(path) => Some(path),
        KeyOrigin::Given | KeyOrigin::Made(_) | KeyOrigin::ToBeMade(_) => None,
    };
    // The store is opened before the keys are changed: this fails while a sidecar has the database file open.
    let store = crate::serve::open_store(config, Arc::clone(&entropy)).map_err(CliError::new)?;
    let Some(path) = file else {
        if new_key {
            return Err(CliError::new(
                "--new-key is for a key that the first start made; this one is given by BOUNCER_ENCRYPTION_KEY: set that to \
                 a new key, and BOUNCER_ENCRYPTION_KEYS_PREVIOUS to the present one",
            ));
        }
        let done = reseal(&store, config, entropy)?;
        return Ok(report(
            &done,
            "BOUNCER_ENCRYPTION_KEY",
            "you can remove BOUNCER_ENCRYPTION_KEYS_PREVIOUS",
        ));
    };
    let write = |keys: &[&Secret<[u8; 32]>]| {
        made_key::replace(path, keys)
            .map_err(|error| CliError::new(format_args!("{}: {error}", path.display())))
    };
    let present = &config.keys.encryption_key;
    if new_key {
        let key = Secret::new(random_bytes(&*entropy).map_err(CliError::new)?);
        write(&[&key, present])?;
        let mut config = config.clone();
        config.keys.encryption_keys_previous.insert(0, present.clone());
        config.keys.encryption_key = key;
        let done = reseal(&store, &config, entropy)?;
        let next = "the one before is on its second line, because it vouches for tokens in use: when the longest of them is \
                    over, `mcpbouncer rekey` removes it";
        return Ok(report(&done, &format!("a new key in {}", path.display()), next));
    }
    let done = reseal(&store, config, entropy)?;
    write(&[present])?;
    Ok(report(&done, &format!("the key in {}", path.display()), "it is the only one in that file"))
}

fn report(done: &Resealed, key: &str, next: &str) -> String {
    let mut text = String::new();
    for damaged in &done.damaged {
        let _ = writeln!(text, "not changed, because it cannot be read: {damaged}");
    }
    let _ = writeln!(text, "{} values are now encrypted with {key}; {next}", done.count);
    text
}

fn reseal(store: &Store, config: &Config, entropy: Arc<dyn Entropy>) -> Result<Resealed, CliError> {
    let sealer = Sealer::new(&config.keys.encryption_key, &config.keys.encryption_keys_previous, entropy);
    let progress = Progress::of("re-encrypting values", Unit::Records, None);
    let sealed_again = move |place: &Place, sealed: &Sealed| -> Result<Option<Sealed>, SealError> {
        progress.add(1);
        let plain = sealer.open(place, sealed)?;
        if sealer.is_current(sealed) { Ok(None) } else { sealer.seal(place, plain.expose()).map(Some) }
    };
    store.write(ResealAll { reseal: Arc::new(sealed_again) }).map_err(CliError::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FirstStart;
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

    #[test]
    fn a_made_key_is_replaced_in_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bouncer.db");
        let file = folder.path().join("bouncer.db.key");
        let pairs = [("BOUNCER_DB_PATH", path.to_str().unwrap())];
        let entropy = SeededEntropy::new(1);
        let first = Config::for_start(pairs, FirstStart::Make(&entropy)).unwrap();
        let open = |config: &Config| {
            let store = crate::serve::open_store(config, Arc::new(SeededEntropy::new(7))).unwrap();
            open_ring(&store, config).map(|_| ())
        };
        open(&first).unwrap();
        let lines = || std::fs::read_to_string(&file).unwrap().lines().count();
        assert_eq!(lines(), 1);

        assert!(
            rekey(&Config::from_pairs(pairs).unwrap(), true)
                .unwrap()
                .contains("`mcpbouncer rekey` removes it")
        );
        let second = Config::from_pairs(pairs).unwrap();
        assert_eq!(lines(), 2);
        assert_ne!(second.keys.encryption_key, first.keys.encryption_key);
        assert_eq!(second.keys.previous_anchors(), [first.keys.anchor()], "it still vouches");
        open(&second).unwrap();

        assert!(rekey(&second, false).unwrap().starts_with("0 values"));
        let third = Config::from_pairs(pairs).unwrap();
        assert_eq!(lines(), 1);
        assert_eq!(third.keys.encryption_key, second.keys.encryption_key);
        assert!(third.keys.previous_anchors().is_empty());
        open(&third).unwrap();

        let given = [
            pairs[0],
            ("BOUNCER_ENCRYPTION_KEY", NEW),
            ("BOUNCER_ENCRYPTION_KEYS_PREVIOUS_FILE", file.to_str().unwrap()),
        ];
        let given = Config::from_pairs(given).unwrap();
        assert!(rekey(&given, true).unwrap_err().to_string().starts_with("--new-key is for"));
        assert!(
            rekey(&given, false)
                .unwrap()
                .starts_with("2 values are now encrypted with BOUNCER_ENCRYPTION_KEY")
        );
        std::fs::remove_file(&file).unwrap();
        open(&config(&[pairs[0], ("BOUNCER_ENCRYPTION_KEY", NEW)])).unwrap();
    }
}
