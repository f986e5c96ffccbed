//! The id that the pages of one login carry.

use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use protocol::form::append_query;
use protocol::secret::Secret;
use protocol::server::login::StepKind;
use protocol::uri::Base;
use store::entropy::{Entropy, EntropyError, random_bytes};
use store::record::{Hash, LoginRecord, Purpose};

/// 32 random bytes that identify one login on pages and in forms. Only their hash is stored.
#[derive(Debug, Clone)]
pub struct FlowId(pub(super) Secret<[u8; 32]>);

impl FlowId {
    /// Makes a new id.
    pub fn fresh(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Ok(Self(Secret::new(random_bytes(entropy)?)))
    }

    /// Parses the text form; `None` if it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = b64url_decode(text).ok()?.try_into().ok()?;
        Some(Self(Secret::new(bytes)))
    }

    /// The text form, as used in pages and URLs.
    pub fn text(&self) -> String {
        b64url_encode(self.0.expose())
    }

    /// The hash that is stored.
    pub fn hash(&self) -> Hash {
        sha256(self.0.expose())
    }

    /// The tag after which the login's cookie is named.
    pub fn tag(&self) -> FlowTag {
        FlowTag::of(&self.hash())
    }
}

/// Identifies a login where its flow id must not appear: in the name of its cookie and in the `state` sent to a
/// provider. It consists of the first bytes of the flow id's hash, and gives no access to the login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowTag([u8; 12]);

impl FlowTag {
    fn of(flow: &Hash) -> Self {
        let mut tag = [0; 12];
        tag.iter_mut().zip(flow).for_each(|(to, from)| *to = *from);
        Self(tag)
    }

    /// The text form: 16 characters of base64url.
    pub fn text(self) -> String {
        b64url_encode(&self.0)
    }

    /// Parses what [`Self::text`] returns; `None` if it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        b64url_decode(text).ok()?.try_into().ok().map(Self)
    }
}

/// The URL of the page on which a login continues.
pub fn page_address(base: &Base, step: StepKind, flow: &FlowId) -> String {
    let page = match step {
        StepKind::AwaitPassword => "/oauth/login",
        StepKind::AwaitSecondFactor => "/oauth/second-factor",
        // A user who returns from the provider's page without signing in may approve again.
        StepKind::AwaitApproval | StepKind::AwaitConsent | StepKind::AwaitCallback => "/oauth/consent",
    };
    append_query(&base.join(page), &[("flow", &flow.text())])
}

/// The URL of the page on which users see and end what is connected.
pub fn connections_address(base: &Base) -> String {
    base.join("/oauth/connections")
}

/// The URL of the page on which users see and end personal access tokens.
pub fn tokens_address(base: &Base) -> String {
    append_query(&connections_address(base), &[("view", "tokens")])
}

/// The URL of the form for a new personal access token.
pub fn new_token_address(base: &Base) -> String {
    append_query(&connections_address(base), &[("view", "new-token")])
}

/// The `prompt` of a login that no client asked for and that demands a sign-in of the provider, for a new personal access
/// token.
pub const FOR_NEW_TOKEN: &str = "login";

/// Where a login that no client asked for leads.
pub fn after_sign_in(base: &Base, login: &LoginRecord) -> String {
    if login.prompt.contains(FOR_NEW_TOKEN) {
        new_token_address(base)
    } else {
        own_page_address(base, &login.purpose)
    }
}

/// The URL of the page on which local users change how they sign in.
pub fn account_address(base: &Base) -> String {
    base.join("/oauth/account")
}

/// The URL of the page that a login which no client asked for leads to.
pub fn own_page_address(base: &Base, purpose: &Purpose) -> String {
    match purpose {
        Purpose::Account => account_address(base),
        Purpose::Connections | Purpose::Client(_) => connections_address(base),
    }
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
