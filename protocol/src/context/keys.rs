//! The plugin key, which the plugin in Traefik and the sidecar share, and encryption under it.

use super::error::ContextError;
use crate::encoding::{b64url_decode, b64url_encode};
use crate::secret::{KeyTextError, Secret, decode_key32, derive_key, hmac_sha256};
use aes_gcm_siv::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use zeroize::Zeroizing;

/// The text with which every sealed value begins.
const VERSION: &str = "v1.";
/// Length of the nonce in bytes. The nonce stands before the ciphertext.
const NONCE: usize = 12;

/// The purposes of sealed values. Each purpose has its own sub-keys.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Route,
    Context,
}

impl Purpose {
    const fn seal_label(self) -> &'static str {
        match self {
            Self::Route => "mcpbouncer route seal v1",
            Self::Context => "mcpbouncer context seal v1",
        }
    }

    const fn nonce_label(self) -> &'static str {
        match self {
            Self::Route => "mcpbouncer route nonce v1",
            Self::Context => "mcpbouncer context nonce v1",
        }
    }
}

/// One plugin key: 32 secret bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PluginKey(Secret<[u8; 32]>);

impl PluginKey {
    /// Creates a key from its 32 bytes.
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The key as text for `BOUNCER_PLUGIN_KEY`: base64url.
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(b64url_encode(self.0.expose()))
    }

    fn seal(&self, purpose: Purpose, plain: &[u8]) -> Option<String> {
        let nonce_key = derive_key(self.0.expose(), purpose.nonce_label());
        let digest = hmac_sha256(nonce_key.expose(), plain);
        let nonce = digest.get(..NONCE)?;
        let sealed = self.encrypt(purpose.seal_label(), nonce, VERSION.as_bytes(), plain)?;
        Some([VERSION, &b64url_encode(&[nonce, &sealed].concat())].concat())
    }

    fn open(&self, purpose: Purpose, nonce: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.decrypt(purpose.seal_label(), nonce, VERSION.as_bytes(), sealed)
    }

    /// Encrypts `plain` under the sub-key of this label. The nonce must have 12 bytes. `None` if `plain` has more than
    /// 64 GiB.
    pub(crate) fn encrypt(&self, label: &str, nonce: &[u8], aad: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        self.cipher(label).encrypt(Nonce::from_slice(nonce), Payload { msg: plain, aad }).ok()
    }

    /// Decrypts what [`PluginKey::encrypt`] made with the same label, nonce and associated data. Never inlined: the
    /// cipher is a large part of the plugin's code. `None` if the value does not decrypt.
    #[inline(never)]
    pub(crate) fn decrypt(
        &self,
        label: &str,
        nonce: &[u8],
        aad: &[u8],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let payload = Payload { msg: sealed, aad };
        self.cipher(label).decrypt(Nonce::from_slice(nonce), payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self, label: &str) -> Aes256GcmSiv {
        let key = derive_key(self.0.expose(), label);
        Aes256GcmSiv::new(key.expose().into())
    }
}

/// Why the list of plugin keys cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PluginKeysError {
    /// No key is given.
    #[error("no plugin key is given")]
    Missing,
    /// A key cannot be decoded.
    #[error("a plugin key cannot be read: {0}")]
    Text(#[from] KeyTextError),
}

/// The plugin keys in use. The first key seals and all keys open, so keys can be rotated without an interruption.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PluginKeys {
    first: PluginKey,
    others: Vec<PluginKey>,
}

impl PluginKeys {
    /// Creates the list. `first` is the key that seals.
    pub const fn new(first: PluginKey, others: Vec<PluginKey>) -> Self {
        Self { first, others }
    }

    /// Reads one or more keys in base64, separated by commas.
    pub fn parse(text: &str) -> Result<Self, PluginKeysError> {
        let mut keys = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| decode_key32(part).map(PluginKey))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        let first = keys.next().ok_or(PluginKeysError::Missing)?;
        Ok(Self { first, others: keys.collect() })
    }

    /// The key that seals.
    pub const fn first(&self) -> &PluginKey {
        &self.first
    }

    /// All keys. The key that seals comes first.
    pub fn iter(&self) -> impl Iterator<Item = &PluginKey> {
        core::iter::once(&self.first).chain(&self.others)
    }

    /// The key of the tags by which the plugin finds tokens that it validated before.
    pub fn token_table_key(&self) -> Secret<[u8; 16]> {
        let key = derive_key(self.first.0.expose(), "mcpbouncer token table v1");
        Secret::new(key.expose().first_chunk().copied().unwrap_or_default())
    }

    /// Seals under the first key. Only a plaintext of more than 64 GiB cannot be sealed; it gives an empty text, which
    /// no key opens.
    pub(super) fn seal(&self, purpose: Purpose, plain: &[u8]) -> String {
        self.first.seal(purpose, plain).unwrap_or_default()
    }

    pub(super) fn open(&self, purpose: Purpose, value: &str) -> Result<Zeroizing<Vec<u8>>, ContextError> {
        if value.is_empty() {
            return Err(ContextError::Missing);
        }
        let text = value.strip_prefix(VERSION).ok_or(ContextError::Malformed)?;
        let bytes = b64url_decode(text).map_err(|_| ContextError::Malformed)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or(ContextError::Malformed)?;
        self.iter().find_map(|key| key.open(purpose, nonce, sealed)).ok_or(ContextError::DoesNotOpen)
    }
}
