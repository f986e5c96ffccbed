//! Encryption key and anchor seeds.

use protocol::context::PluginKeys;
use protocol::jose::anchor::AnchorSeed;
use protocol::secret::Secret;

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};

const ENCRYPTION_KEY: Variable = Variable {
    name: "BOUNCER_ENCRYPTION_KEY",
    default: Default::Required("run `mcpbouncer keygen` to make one"),
    meaning: "32 bytes in base64, from `mcpbouncer keygen`. Encrypts the secrets in the store",
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
}

impl Keys {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            // A missing key has been reported as a problem, so this placeholder never leaves `Config::from_pairs`.
            encryption_key: source
                .required(&ENCRYPTION_KEY, parse::key32)
                .unwrap_or_else(|| Secret::new([0; 32])),
            encryption_keys_previous: source
                .optional(&ENCRYPTION_KEYS_PREVIOUS, parse::keys32)
                .unwrap_or_default(),
            anchor_seed: source.optional(&ANCHOR_SEED, parse::key32),
            anchor_seeds_previous: source.optional(&ANCHOR_SEEDS_PREVIOUS, parse::keys32).unwrap_or_default(),
        }
    }

    /// The current anchor seed: the configured one, or one derived from the encryption key (RFC 5869).
    pub fn anchor(&self) -> AnchorSeed {
        let derived = || AnchorSeed::from_encryption_key(&self.encryption_key);
        self.anchor_seed.clone().map_or_else(derived, AnchorSeed::new)
    }

    /// The earlier anchor seeds whose contexts are still accepted.
    pub fn previous_anchors(&self) -> Vec<AnchorSeed> {
        self.anchor_seeds_previous.iter().cloned().map(AnchorSeed::new).collect()
    }

    /// The keys that open the plugin's contexts.
    pub fn plugin_keys(&self) -> PluginKeys {
        let previous = self.previous_anchors().iter().map(AnchorSeed::plugin_key).collect();
        PluginKeys::new(self.anchor().plugin_key(), previous)
    }
}
