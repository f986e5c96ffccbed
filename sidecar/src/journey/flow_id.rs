//! The id of a login, which its pages and forms contain.

use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use protocol::form::append_query;
use protocol::secret::Secret;
use protocol::server::login::StepKind;
use protocol::uri::Base;
use store::entropy::{Entropy, EntropyError, random_bytes};
use store::record::{Hash, LoginRecord, Purpose};

/// The id of a login: 32 random bytes. Only their hash is stored.
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

    /// Returns the text form, which pages and URLs contain.
    pub fn text(&self) -> String {
        b64url_encode(self.0.expose())
    }

    /// Returns the hash, which is stored.
    pub fn hash(&self) -> Hash {
        sha256(self.0.expose())
    }

    /// Returns the tag after which the login's cookie is named.
    pub fn tag(&self) -> FlowTag {
        FlowTag::of(&self.hash())
    }
}

/// Identifies a login where its id must not appear: in the name of its cookie and in the `state` sent to a provider.
/// The tag consists of the first bytes of the hash of the login's id, and gives no access to the login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowTag([u8; 12]);

impl FlowTag {
    fn of(flow: &Hash) -> Self {
        let mut tag = [0; 12];
        tag.iter_mut().zip(flow).for_each(|(to, from)| *to = *from);
        Self(tag)
    }

    /// Returns the text form: 16 characters of base64url.
    pub fn text(self) -> String {
        b64url_encode(&self.0)
    }

    /// Parses what [`Self::text`] returns; `None` if it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        b64url_decode(text).ok()?.try_into().ok().map(Self)
    }
}

/// Returns the URL of the page on which a login continues.
pub fn page_address(base: &Base, step: StepKind, flow: &FlowId) -> String {
    let page = match step {
        StepKind::AwaitPassword => "/oauth/login",
        StepKind::AwaitSecondFactor => "/oauth/second-factor",
        // A user who comes back from the provider's page without signing in may approve again.
        StepKind::AwaitApproval | StepKind::AwaitConsent | StepKind::AwaitCallback => "/oauth/consent",
    };
    append_query(&base.join(page), &[("flow", &flow.text())])
}

/// Returns the URL of the page on which users see and end their connections.
pub fn connections_address(base: &Base) -> String {
    base.join("/oauth/connections")
}

/// Returns the URL of the page on which users see and end their personal access tokens.
pub fn tokens_address(base: &Base) -> String {
    append_query(&connections_address(base), &[("view", "tokens")])
}

/// Returns the URL of the form for a new personal access token.
pub fn new_token_address(base: &Base) -> String {
    append_query(&connections_address(base), &[("view", "new-token")])
}

/// The `prompt` of a login for a new personal access token. No client asks for such a login, and the provider must ask
/// the user to sign in.
pub const FOR_NEW_TOKEN: &str = "login";

/// Returns the URL to which a login leads if no client asked for it.
pub fn after_sign_in(base: &Base, login: &LoginRecord) -> String {
    if login.prompt.contains(FOR_NEW_TOKEN) {
        new_token_address(base)
    } else {
        own_page_address(base, &login.purpose)
    }
}

/// Returns the URL of the page on which local users change their password and second factor.
pub fn account_address(base: &Base) -> String {
    base.join("/oauth/account")
}

/// Returns the URL of the page for which a user signs in if no client asks for the login.
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
