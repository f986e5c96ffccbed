//! What the way to the provider and back carries.

use protocol::encoding::b64url_encode;
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use serde::{Deserialize, Serialize};
use store::crypto::secrets::hash_secret;
use store::entropy::{Entropy, EntropyError, random_bytes};
use store::record::Hash;

use super::flow_id::{FlowId, FlowTag};

/// The `state` of a request to a provider: the tag of the login, because the answer brings nothing else that leads to
/// the login's cookie, and 256 random bits. Only the hash of the whole is stored.
#[derive(Debug, Clone)]
pub(super) struct UpstreamState {
    tag: FlowTag,
    text: Secret<String>,
}

impl UpstreamState {
    /// A new one for this login.
    pub(super) fn fresh(entropy: &dyn Entropy, flow: &FlowId) -> Result<Self, EntropyError> {
        let (tag, random) = (flow.tag(), random_bytes::<32>(entropy)?);
        Ok(Self { tag, text: Secret::new([tag.text(), b64url_encode(&random)].concat()) })
    }

    /// Reads what came back.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tag = FlowTag::parse(text.get(..16)?)?;
        Some(Self { tag, text: Secret::new(text.to_owned()) })
    }

    /// The login's tag.
    pub(super) const fn tag(&self) -> FlowTag {
        self.tag
    }

    /// As it is sent.
    pub(super) const fn text(&self) -> &Secret<String> {
        &self.text
    }

    /// As it is stored.
    pub(super) fn hash(&self) -> Hash {
        hash_secret(self.text.expose())
    }
}

/// What the way to the provider and back needs, sealed in the login's record meanwhile.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct UpstreamSecrets {
    /// Must come back inside the `id_token`.
    pub(super) nonce: Secret<String>,
    /// PKCE verifier of the provider's leg.
    pub(super) verifier: Secret<String>,
    /// The scopes that stood on the approval page.
    pub(super) approved: ScopeSet,
}

impl UpstreamSecrets {
    /// For sealing.
    pub(super) fn to_bytes(&self) -> Secret<Vec<u8>> {
        Secret::new(serde_json::to_vec(self).unwrap_or_default())
    }

    /// After opening; `None` if it is not what [`Self::to_bytes`] made.
    pub(super) fn from_bytes(bytes: &Secret<Vec<u8>>) -> Option<Self> {
        serde_json::from_slice(bytes.expose()).ok()
    }
}
