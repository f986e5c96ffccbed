//! The id that the pages of one login carry.

use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use protocol::form::append_query;
use protocol::secret::Secret;
use protocol::server::login::StepKind;
use protocol::uri::Base;
use store::entropy::{Entropy, EntropyError, random_bytes};
use store::record::Hash;

/// 32 random bytes that name one login on pages and in forms. Only the hash is stored.
#[derive(Debug, Clone)]
pub struct FlowId(pub(super) Secret<[u8; 32]>);

impl FlowId {
    /// A new one.
    pub fn fresh(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Ok(Self(Secret::new(random_bytes(entropy)?)))
    }

    /// Reads the text a page carried.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = b64url_decode(text).ok()?.try_into().ok()?;
        Some(Self(Secret::new(bytes)))
    }

    /// As it stands in pages and their addresses.
    pub fn text(&self) -> String {
        b64url_encode(self.0.expose())
    }

    /// As it is stored.
    pub fn hash(&self) -> Hash {
        sha256(self.0.expose())
    }

    /// What the login's cookie is named after.
    pub fn tag(&self) -> FlowTag {
        FlowTag::of(&self.hash())
    }
}

/// Names a login where its flow id must not stand, in the name of its cookie and in the `state` sent to a provider: the
/// first bytes of the hash of the flow id. It opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowTag([u8; 12]);

impl FlowTag {
    fn of(flow: &Hash) -> Self {
        let mut tag = [0; 12];
        tag.iter_mut().zip(flow).for_each(|(to, from)| *to = *from);
        Self(tag)
    }

    /// 16 characters of base64url.
    pub fn text(self) -> String {
        b64url_encode(&self.0)
    }

    /// Reads what [`Self::text`] makes.
    pub fn parse(text: &str) -> Option<Self> {
        b64url_decode(text).ok()?.try_into().ok().map(Self)
    }
}

/// The address of the page on which a login goes on.
pub fn page_address(base: &Base, step: StepKind, flow: &FlowId) -> String {
    let page = match step {
        StepKind::AwaitPassword => "/oauth/login",
        // Who comes back from the provider's page may approve once more.
        StepKind::AwaitApproval | StepKind::AwaitConsent | StepKind::AwaitCallback => "/oauth/consent",
    };
    append_query(&base.join(page), &[("flow", &flow.text())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::entropy::SeededEntropy;

    #[test]
    fn a_flow_id_survives_its_text_and_nothing_else_parses() {
        let flow = FlowId::fresh(&SeededEntropy::new(1)).unwrap();
        assert_eq!(FlowId::parse(&flow.text()).unwrap().hash(), flow.hash());
        for text in ["", "AAAA", "not base64!", &format!("{}A", flow.text())] {
            assert!(FlowId::parse(text).is_none(), "{text}");
        }
    }
}
