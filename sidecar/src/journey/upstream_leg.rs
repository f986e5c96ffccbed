//! The values that a login needs on its way to the provider and back.

use protocol::encoding::b64url_encode;
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use serde::{Deserialize, Serialize};
use store::crypto::secrets::hash_secret;
use store::entropy::{Entropy, EntropyError, random_bytes};
use store::record::Hash;

use super::flow_id::{FlowId, FlowTag};

/// The `state` of a request to a provider: the login's tag and 256 random bits. Only the tag leads from the provider's
/// response to the login's cookie. Only the hash of the whole `state` is stored.
#[derive(Debug, Clone)]
pub(super) struct UpstreamState {
    tag: FlowTag,
    text: Secret<String>,
}

impl UpstreamState {
    /// Makes a new value for this login.
    pub(super) fn fresh(entropy: &dyn Entropy, flow: &FlowId) -> Result<Self, EntropyError> {
        let (tag, random) = (flow.tag(), random_bytes::<32>(entropy)?);
        Ok(Self { tag, text: Secret::new([tag.text(), b64url_encode(&random)].concat()) })
    }

    /// Parses a `state` that came back; `None` if it is malformed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tag = FlowTag::parse(text.get(..16)?)?;
        Some(Self { tag, text: Secret::new(text.to_owned()) })
    }

    /// The login's tag.
    pub(super) const fn tag(&self) -> FlowTag {
        self.tag
    }

    /// The text that is sent.
    pub(super) const fn text(&self) -> &Secret<String> {
        &self.text
    }

    /// The hash that is stored.
    pub(super) fn hash(&self) -> Hash {
        hash_secret(self.text.expose())
    }
}

/// Secrets for the provider's response. They are stored encrypted in the login's record.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct UpstreamSecrets {
    /// Must be repeated in the `id_token`.
    pub(super) nonce: Secret<String>,
    /// The PKCE verifier of the request to the provider.
    pub(super) verifier: Secret<String>,
    /// The scopes that were shown on the consent page.
    pub(super) approved: ScopeSet,
}

impl UpstreamSecrets {
    /// Serializes the value for encryption.
    pub(super) fn to_bytes(&self) -> Secret<Vec<u8>> {
        Secret::new(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Parses the decrypted value; `None` if [`Self::to_bytes`] did not make it.
    pub(super) fn from_bytes(bytes: &Secret<Vec<u8>>) -> Option<Self> {
        serde_json::from_slice(bytes.expose()).ok()
    }
}
