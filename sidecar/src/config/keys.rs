//! Settings for the encryption key and the anchor seeds.

use std::path::PathBuf;

use protocol::context::PluginKeys;
use protocol::jose::anchor::AnchorSeed;
use protocol::secret::Secret;

use super::source::Source;
use super::storage::Storage;
use super::variable::{Default, Variable};
use super::{made_key, parse};
use store::entropy::Entropy;

const ENCRYPTION_KEY: Variable = Variable {
    name: "BOUNCER_ENCRYPTION_KEY",
    default: Default::Absent("made by the first start, beside the store"),
    meaning: "32 bytes in base64, from `mcpbouncer keygen`. Encrypts the secrets in the store. Required with `BOUNCER_DATABASE_URL`; see [The encryption key](#the-encryption-key)",
};
const ENCRYPTION_KEYS_PREVIOUS: Variable = Variable {
    name: "BOUNCER_ENCRYPTION_KEYS_PREVIOUS",
    default: Default::Absent("–"),
    meaning: "earlier encryption keys; they still decrypt what they encrypted",
};
const ANCHOR_SEED: Variable = Variable {
    name: "BOUNCER_ANCHOR_SEED",
    default: Default::Absent("from the encryption key"),
    meaning: "seed from which the trust anchor and the plugin key are derived",
};
const ANCHOR_SEEDS_PREVIOUS: Variable = Variable {
    name: "BOUNCER_ANCHOR_SEEDS_PREVIOUS",
    default: Default::Absent("–"),
    meaning: "earlier seeds; contexts that the plugin sealed with their keys are still accepted",
};
pub(super) const VARIABLES: &[Variable] =
    &[ENCRYPTION_KEY, ENCRYPTION_KEYS_PREVIOUS, ANCHOR_SEED, ANCHOR_SEEDS_PREVIOUS];

/// The settings of this section.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Encrypts the secrets in the store.
    pub encryption_key: Secret<[u8; 32]>,
    /// Earlier encryption keys, which still decrypt what they encrypted.
    pub encryption_keys_previous: Vec<Secret<[u8; 32]>>,
    /// The seed of the trust anchor and the plugin key; `None` means that it is derived from the encryption key.
    pub anchor_seed: Option<Secret<[u8; 32]>>,
    /// Earlier seeds: contexts sealed with their plugin keys are still accepted.
    pub anchor_seeds_previous: Vec<Secret<[u8; 32]>>,
    /// Where the encryption key comes from.
    pub origin: KeyOrigin,
}

/// Where the encryption key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOrigin {
    /// A variable, or the file that a variable names.
    Given,
    /// The file in the store's folder, which an earlier start made.
    Found(PathBuf),
    /// The file in the store's folder, made just now.
    Made(PathBuf),
    /// The file in the store's folder, which the first start will make. Until then the key is all zeros.
    ToBeMade(PathBuf),
}

/// What to do if there is neither a key nor a store.
#[derive(Clone, Copy)]
pub enum FirstStart<'a> {
    /// A problem is reported: only the server makes a key.
    Refuse,
    /// No problem is reported: the first start would make a key.
    Expect,
    /// A key is made, if the settings have no other problem.
    Make(&'a dyn Entropy),
}

impl Keys {
    pub(super) fn read(source: &mut Source, storage: &Storage, first: FirstStart<'_>) -> Self {
        let before = source.problem_count();
        let given = source.optional(&ENCRYPTION_KEY, parse::key32);
        let mut previous = source.optional(&ENCRYPTION_KEYS_PREVIOUS, parse::keys32).unwrap_or_default();
        let anchor_seed = source.optional(&ANCHOR_SEED, parse::key32);
        let mut anchor_seeds_previous =
            source.optional(&ANCHOR_SEEDS_PREVIOUS, parse::keys32).unwrap_or_default();
        let is_readable = source.problem_count() == before;
        let (key, origin) = match (given, found(storage)) {
            (_, Err(problem)) => (None, Err(Some(problem))),
            (Some(key), Ok(found)) => (Some(key.clone()), compare(&key, &previous, found)),
            (None, Ok(Some((path, mut keys)))) => {
                let key = keys.remove(0);
                if anchor_seed.is_none() {
                    let derived = |key| AnchorSeed::from_encryption_key(key).into_inner();
                    anchor_seeds_previous.extend(keys.iter().map(derived));
                }
                previous.extend(keys);
                (Some(key), Ok(KeyOrigin::Found(path)))
            }
            (None, Ok(None)) if is_readable => (None, absent(storage, first).map_err(Some)),
            (None, Ok(None)) => (None, Err(None)),
        };
        let origin = origin.unwrap_or_else(|problem| {
            if let Some(problem) = problem {
                source.problem(problem);
            }
            KeyOrigin::Given
        });
        Self {
            // This placeholder is never used: a missing key has been reported as a problem, or the first start makes
            // it.
            encryption_key: key.unwrap_or_else(|| Secret::new([0; 32])),
            encryption_keys_previous: previous,
            anchor_seed,
            anchor_seeds_previous,
            origin,
        }
    }

    /// Makes the key if `first` is [`FirstStart::Make`] and there is none.
    pub(super) fn make(&mut self, first: FirstStart<'_>) -> Result<(), String> {
        if let (FirstStart::Make(entropy), KeyOrigin::ToBeMade(path)) = (first, &self.origin) {
            self.encryption_key = made_key::make(path, entropy)?;
            self.origin = KeyOrigin::Made(path.clone());
        }
        Ok(())
    }

    /// The current anchor seed: the configured one, or one derived from the encryption key (RFC 5869).
    pub fn anchor(&self) -> AnchorSeed {
        let derived = || AnchorSeed::from_encryption_key(&self.encryption_key);
        self.anchor_seed.clone().map_or_else(derived, AnchorSeed::new)
    }

    /// The earlier anchor seeds; contexts that the plugin sealed with their keys are still accepted.
    pub fn previous_anchors(&self) -> Vec<AnchorSeed> {
        self.anchor_seeds_previous.iter().cloned().map(AnchorSeed::new).collect()
    }

    /// The keys that open the plugin's contexts.
    pub fn plugin_keys(&self) -> PluginKeys {
        let previous = self.previous_anchors().iter().map(AnchorSeed::plugin_key).collect();
        PluginKeys::new(self.anchor().plugin_key(), previous)
    }
}

/// The path of the key file, and its keys.
type Found = (PathBuf, Vec<Secret<[u8; 32]>>);

/// Reads the key file of the store; `None` if there is none. Sidecars that share a database have none.
fn found(storage: &Storage) -> Result<Option<Found>, String> {
    if storage.database_url.is_some() {
        return Ok(None);
    }
    let path = made_key::path_of(&storage.db_path);
    Ok(made_key::read(&path)?.map(|keys| (path, keys)))
}

/// Returns the origin of a given key. Fails if there is a key file whose first key is neither the given key nor a
/// previous one.
fn compare(
    given: &Secret<[u8; 32]>,
    previous: &[Secret<[u8; 32]>],
    found: Option<Found>,
) -> Result<KeyOrigin, Option<String>> {
    let Some((path, keys)) = found else { return Ok(KeyOrigin::Given) };
    if keys.first().is_some_and(|key| key == given || previous.contains(key)) {
        return Ok(KeyOrigin::Given);
    }
    let path = path.display();
    Err(Some(format!(
        "BOUNCER_ENCRYPTION_KEY differs from the key in {path}, under which the store was sealed: unset the variable; or, to \
         change the key, set BOUNCER_ENCRYPTION_KEYS_PREVIOUS_FILE={path}, run `mcpbouncer rekey`, and remove the file and \
         that variable"
    )))
}

/// Returns the origin of the key if none is given and there is no key file. Fails if no key may be made: for a shared
/// database, for a store that already exists, and if `first` is [`FirstStart::Refuse`].
fn absent(storage: &Storage, first: FirstStart<'_>) -> Result<KeyOrigin, String> {
    const NOT_SET: &str = "BOUNCER_ENCRYPTION_KEY is not set";
    if storage.database_url.is_some() {
        return Err(format!(
            "{NOT_SET}; run `mcpbouncer keygen` to make one, the same for all sidecars at one database"
        ));
    }
    let path = made_key::path_of(&storage.db_path);
    if std::fs::metadata(&storage.db_path).is_ok_and(|file| file.len() > 0) {
        return Err(format!(
            "{NOT_SET} and there is no {}, but the store {} is there: set the variable to the key under which it was \
             sealed, or put the file back; without the key nothing in the store can be read",
            path.display(),
            storage.db_path.display()
        ));
    }
    match first {
        FirstStart::Refuse => Err(format!(
            "{NOT_SET} and there is no {}; run `mcpbouncer keygen` to make a key, or start the sidecar once, which makes one \
             there",
            path.display()
        )),
        FirstStart::Expect | FirstStart::Make(_) => Ok(KeyOrigin::ToBeMade(path)),
    }
}
