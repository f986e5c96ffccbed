//! The keys of everything.

use protocol::context::PluginKeys;
use protocol::jose::anchor::AnchorSeed;
use protocol::secret::Secret;

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};

const ENCRYPTION_KEY: Variable = Variable {
    name: "BOUNCER_ENCRYPTION_KEY",
    default: Default::Required("run `mcpbouncer keygen` to make one"),
    meaning: "32 bytes, base64; `mcpbouncer keygen` makes them. Seals what is secret at rest",
};
const ENCRYPTION_KEYS_PREVIOUS: Variable = Variable {
    name: "BOUNCER_ENCRYPTION_KEYS_PREVIOUS",
    default: Default::Absent("–"),
    meaning: "still open what they sealed",
};
const ANCHOR_SEED: Variable = Variable {
    name: "BOUNCER_ANCHOR_SEED",
    default: Default::Absent("from the encryption key"),
    meaning: "yields trust anchor and plugin key",
};
const ANCHOR_SEEDS_PREVIOUS: Variable = Variable {
    name: "BOUNCER_ANCHOR_SEEDS_PREVIOUS",
    default: Default::Absent("–"),
    meaning: "contexts that the plugin sealed under these still open",
};
pub(super) const VARIABLES: &[Variable] =
    &[ENCRYPTION_KEY, ENCRYPTION_KEYS_PREVIOUS, ANCHOR_SEED, ANCHOR_SEEDS_PREVIOUS];

/// The section.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Seals what is secret at rest.
    pub encryption_key: Secret<[u8; 32]>,
    /// Still open what they sealed.
    pub encryption_keys_previous: Vec<Secret<[u8; 32]>>,
    /// Yields trust anchor and plugin key; absent: derived from the encryption key.
    pub anchor_seed: Option<Secret<[u8; 32]>>,
    /// Contexts sealed under these still open.
    pub anchor_seeds_previous: Vec<Secret<[u8; 32]>>,
}

impl Keys {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            // A missing key is a problem on record, so this placeholder never leaves `Config::from_pairs`.
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

    /// The anchor seed in force: the one set, else derived from the encryption key (RFC 5869).
    pub fn anchor(&self) -> AnchorSeed {
        let derived = || AnchorSeed::from_encryption_key(&self.encryption_key);
        self.anchor_seed.clone().map_or_else(derived, AnchorSeed::new)
    }

    /// The anchor seeds whose contexts still open.
    pub fn previous_anchors(&self) -> Vec<AnchorSeed> {
        self.anchor_seeds_previous.iter().cloned().map(AnchorSeed::new).collect()
    }

    /// What opens the plugin's contexts.
    pub fn plugin_keys(&self) -> PluginKeys {
        let previous = self.previous_anchors().iter().map(AnchorSeed::plugin_key).collect();
        PluginKeys::new(self.anchor().plugin_key(), previous)
    }
}
