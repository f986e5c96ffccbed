//! The values that a login needs for the request to the provider and for the provider's response.

use protocol::encoding::b64url_encode;
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use serde::{Deserialize, Serialize};
use store::crypto::secrets::hash_secret;
use store::entropy::{Entropy, EntropyError, random_bytes};
use store::record::Hash;

use super::flow_id::{FlowId, FlowTag};

/// The `state` of a request to a provider: the login's tag and 256 random bits. The tag of the provider's response
/// tells which login's cookie to read. Only the hash of the whole `state` is stored.
#[derive(Debug, Clone)]
pub(super) struct UpstreamState {
    tag: FlowTag,
    text: Secret<String>,
}

impl UpstreamState {
    /// Makes a new `state` for this login.
    pub(super) fn fresh(entropy: &dyn Entropy, flow: &FlowId) -> Result<Self, EntropyError> {
        let (tag, random) = (flow.tag(), random_bytes::<32>(entropy)?);
        Ok(Self { tag, text: Secret::new([tag.text(), b64url_encode(&random)].concat()) })
    }

    /// Parses the `state` of a response; `None` if it is malformed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tag = FlowTag::parse(text.get(..16)?)?;
        Some(Self { tag, text: Secret::new(text.to_owned()) })
    }

    /// Returns the login's tag.
    pub(super) const fn tag(&self) -> FlowTag {
        self.tag
    }

    /// Returns the text that is sent.
    pub(super) const fn text(&self) -> &Secret<String> {
        &self.text
    }

    /// Returns the hash, which is stored.
    pub(super) fn hash(&self) -> Hash {
        hash_secret(self.text.expose())
    }
}

/// The secrets of a login that are needed when the provider responds. They are stored encrypted in the login's record.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct UpstreamSecrets {
    /// The `nonce` of the request, which the `id_token` must repeat.
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
