//! The trust anchor and the plugin key. Both are derived from one seed, so all replicas of the sidecar have the same
//! keys.

use crate::context::PluginKey;
use crate::encoding::b64url_encode;
use crate::secret::{KeyTextError, Secret, decode_key32, derive_key};
use ed25519_dalek::SigningKey;

/// The seed of the two keys that the plugin in Traefik gets: the trust anchor and the plugin key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnchorSeed(Secret<[u8; 32]>);

impl AnchorSeed {
    /// Creates a seed from its 32 bytes.
    pub const fn new(seed: Secret<[u8; 32]>) -> Self {
        Self(seed)
    }

    /// The seed that is used if no seed is set: it is derived from the encryption key.
    pub fn from_encryption_key(key: &Secret<[u8; 32]>) -> Self {
        Self(derive_key(key.expose(), "mcpbouncer anchor seed v1"))
    }

    /// The 32 bytes of the seed.
    pub fn into_inner(self) -> Secret<[u8; 32]> {
        self.0
    }

    /// The seed as text for `BOUNCER_ANCHOR_SEED`.
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(b64url_encode(self.0.expose()))
    }

    /// The key that signs key certificates.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(derive_key(self.0.expose(), "mcpbouncer trust anchor v1").expose())
    }

    /// The public half of [`AnchorSeed::signing_key`].
    pub fn trust_anchor(&self) -> TrustAnchor {
        TrustAnchor(self.signing_key().verifying_key())
    }

    /// The key shared with the plugin.
    pub fn plugin_key(&self) -> PluginKey {
        PluginKey::new(derive_key(self.0.expose(), "mcpbouncer plugin key v1"))
    }
}

/// One public key that may vouch for signing keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrustAnchor(ed25519_dalek::VerifyingKey);

impl TrustAnchor {
    /// The anchor as text for `BOUNCER_TRUST_ANCHOR`: base64url of the 32 public bytes.
    pub fn to_text(&self) -> String {
        b64url_encode(self.0.as_bytes())
    }

    /// The public key.
    pub const fn verifying_key(&self) -> &ed25519_dalek::VerifyingKey {
        &self.0
    }
}

impl From<&SigningKey> for TrustAnchor {
    fn from(key: &SigningKey) -> Self {
        Self(key.verifying_key())
    }
}

/// Why a list of trust anchors cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TrustAnchorError {
    /// No anchor is given.
    #[error("no trust anchor is given")]
    Missing,
    /// An anchor is not 32 bytes of base64.
    #[error("a trust anchor cannot be read: {0}")]
    Text(#[from] KeyTextError),
    /// The bytes are not an Ed25519 key, or are a weak key, of small order.
    #[error("a trust anchor is not a usable Ed25519 key")]
    Key,
}

/// The trust anchors in use: a key certificate by any of them is accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustAnchors(Vec<TrustAnchor>);

impl TrustAnchors {
    /// Creates the list.
    pub const fn new(anchors: Vec<TrustAnchor>) -> Self {
        Self(anchors)
    }

    /// Reads one or more keys in base64, separated by commas.
    pub fn parse(text: &str) -> Result<Self, TrustAnchorError> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let anchors = parts.map(parse_anchor).collect::<Result<Vec<_>, _>>()?;
        if anchors.is_empty() { Err(TrustAnchorError::Missing) } else { Ok(Self(anchors)) }
    }

    /// The anchors in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &TrustAnchor> {
        self.0.iter()
    }
}

fn parse_anchor(text: &str) -> Result<TrustAnchor, TrustAnchorError> {
    let bytes = decode_key32(text)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(bytes.expose()).map_err(|_| TrustAnchorError::Key)?;
    if key.is_weak() { Err(TrustAnchorError::Key) } else { Ok(TrustAnchor(key)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_unrelated_keys() {
        let seed = AnchorSeed::from_encryption_key(&Secret::new([7; 32]));
        assert_eq!(seed, AnchorSeed::from_encryption_key(&Secret::new([7; 32])));
        let texts = [
            seed.to_text().expose().clone(),
            seed.plugin_key().to_text().expose().clone(),
            seed.trust_anchor().to_text(),
            b64url_encode(&seed.signing_key().to_bytes()),
        ];
        for (index, text) in texts.iter().enumerate() {
            assert!(!texts.iter().skip(index + 1).any(|other| other == text));
        }
    }

    #[test]
    fn anchors_are_read_and_weak_ones_refused() {
        let one = AnchorSeed::new(Secret::new([1; 32])).trust_anchor();
        let two = AnchorSeed::new(Secret::new([2; 32])).trust_anchor();
        let text = [one.to_text(), two.to_text()].join(", ");
        assert_eq!(TrustAnchors::parse(&text), Ok(TrustAnchors::new(vec![one, two])));
        assert_eq!(TrustAnchors::parse(""), Err(TrustAnchorError::Missing));
        assert_eq!(TrustAnchors::parse(&b64url_encode(&[0; 32])), Err(TrustAnchorError::Key));
        assert!(matches!(TrustAnchors::parse("AAAA"), Err(TrustAnchorError::Text(_))));
    }
}
