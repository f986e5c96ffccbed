//! What the steps of a login hand to each other: the flow id that pages carry, the token that ties a
//! form to one browser and one question, and the answer that goes back to the client.

use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use protocol::error::OAuthError;
use protocol::form::append_query;
use protocol::scope::ScopeSet;
use protocol::secret::{Secret, hmac_sha256};
use protocol::settings::{Identity, Refusal};
use protocol::uri::Base;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::crypto::secrets::hash_secret;
use crate::entropy::{Entropy, EntropyError, random_bytes};
use crate::store::records::{Hash, LoginRecord, LoginStepKind};
use crate::upstream::UpstreamError;
use crate::wire::Failure;
use crate::wire::error::Note;

/// How long a login may take from the authorize request to the code, in seconds.
pub const LOGIN_SECS: u64 = 600;
/// How long a code may wait to be redeemed, in seconds.
pub const CODE_SECS: u64 = 60;

/// 32 random bytes that name one login on pages and in forms. Only the hash is stored.
#[derive(Debug, Clone)]
pub struct FlowId(Secret<[u8; 32]>);

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

/// The `state` of a request to a provider: the tag of the login, because the answer brings nothing else that leads to
/// the login's cookie, and 256 random bits. Only the hash of the whole is stored.
#[derive(Debug, Clone)]
pub struct UpstreamState {
    tag: FlowTag,
    text: Secret<String>,
}

impl UpstreamState {
    /// A new one for this login.
    pub fn fresh(entropy: &dyn Entropy, flow: &FlowId) -> Result<Self, EntropyError> {
        let (tag, random) = (flow.tag(), random_bytes::<32>(entropy)?);
        Ok(Self { tag, text: Secret::new([tag.text(), b64url_encode(&random)].concat()) })
    }

    /// Reads what came back.
    pub fn parse(text: &str) -> Option<Self> {
        let tag = FlowTag::parse(text.get(..16)?)?;
        Some(Self { tag, text: Secret::new(text.to_owned()) })
    }

    /// The login's tag.
    pub const fn tag(&self) -> FlowTag {
        self.tag
    }

    /// As it is sent.
    pub const fn text(&self) -> &Secret<String> {
        &self.text
    }

    /// As it is stored.
    pub fn hash(&self) -> Hash {
        hash_secret(self.text.expose())
    }
}

/// The address of the page on which a login goes on.
pub fn page_address(base: &Base, step: LoginStepKind, flow: &FlowId) -> String {
    let page = match step {
        LoginStepKind::AwaitPassword => "/oauth/login",
        // Who comes back from the provider's page may approve once more.
        LoginStepKind::AwaitApproval
        | LoginStepKind::AwaitConsent
        | LoginStepKind::AwaitCallback
        | LoginStepKind::AwaitSecondConsent => "/oauth/consent",
    };
    append_query(&base.join(page), &[("flow", &flow.text())])
}

/// The login does not exist for this tenant and this browser, or is past this step.
pub fn unknown() -> Failure {
    Failure::oauth(OAuthError::InvalidRequest, "login_unknown").describe(LOST)
}

/// The browser sent no cookie of this login.
pub fn no_cookie() -> Failure {
    Failure::oauth(OAuthError::InvalidRequest, "cookie_missing").describe(LOST)
}

/// What the log is told of a form whose token is not that of the page as it would be now: it was shown before a cookie or
/// a question changed, or it is forged. Nothing is done, and the page is shown again.
pub fn wrong_form(client_id: &str) -> Note {
    Failure::oauth(OAuthError::InvalidRequest, "csrf").client(client_id).note()
}

/// Which of them it is, nobody can tell.
const LOST: &str = "This sign-in has ended, or it was begun in another browser, or your browser does not accept cookies. Go back to the application and try to connect again.";

/// The token of a form: which browser was shown which question of which login.
///
/// An HMAC under the browser's cookie value, which scripts and other sites cannot read. `shown` is what
/// the person was asked to agree to, so an answer counts for exactly what was on the page.
pub fn csrf(browser: &[u8; 32], flow: &FlowId, step: &str, shown: &str) -> String {
    let mut message = Vec::from("mcpb form v1\0");
    message.extend_from_slice(flow.0.expose());
    message.extend_from_slice(step.as_bytes());
    message.push(0);
    message.extend_from_slice(shown.as_bytes());
    b64url_encode(&hmac_sha256(browser, &message))
}

/// What the way to the provider and back needs, sealed in the login's record meanwhile.
#[derive(Debug, Serialize, Deserialize)]
pub struct UpstreamSecrets {
    /// Must come back inside the `id_token`.
    pub nonce: Secret<String>,
    /// PKCE verifier of the provider's leg.
    pub verifier: Secret<String>,
    /// The scopes that stood on the approval page.
    pub approved: ScopeSet,
}

impl UpstreamSecrets {
    /// For sealing.
    pub fn to_bytes(&self) -> Secret<Vec<u8>> {
        Secret::new(serde_json::to_vec(self).unwrap_or_default())
    }

    /// After opening; `None` if it is not what [`Self::to_bytes`] made.
    pub fn from_bytes(bytes: &Secret<Vec<u8>>) -> Option<Self> {
        serde_json::from_slice(bytes.expose()).ok()
    }
}

/// What a client and the log learn of a provider's failure. The provider's own words stay here.
pub const fn upstream_error(error: &UpstreamError) -> (OAuthError, &'static str) {
    match error {
        UpstreamError::GrantRefused(_) => (OAuthError::AccessDenied, "upstream_refused"),
        UpstreamError::Unavailable(_) => (OAuthError::TemporarilyUnavailable, "upstream_unavailable"),
        UpstreamError::Misconfigured(_) => (OAuthError::ServerError, "upstream_misconfigured"),
        UpstreamError::Unverifiable(_) => (OAuthError::AccessDenied, "upstream_unverifiable"),
    }
}

/// Why a login ended, for the person: fixed words for each reason.
pub fn why(reason: &str) -> &'static str {
    match reason {
        "upstream_denied" => {
            "The sign-in was cancelled, or your identity provider did not allow it. You can go back and try again."
        }
        "upstream_refused" => {
            "Your identity provider did not accept the end of the sign-in, perhaps because it took too long. Go back and try again."
        }
        "upstream_unavailable" => {
            "Your identity provider does not answer at the moment. Go back and try again in a few minutes."
        }
        "upstream_unverifiable" | "upstream_wrong_iss" => {
            "What the identity provider answered could not be verified, so nobody was signed in. Your administrator can find out why."
        }
        _ => {
            "This server and your identity provider are not set up to work together. Trying again does not help before your administrator has changed something."
        }
    }
}

/// Why somebody who signed in may not enter.
pub const fn why_not_admitted(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::RuleMandatory | Refusal::DirectoriesMandatory | Refusal::DirectoriesWrong => {
            "This server does not say yet who may use it. Your administrator has to set that."
        }
        Refusal::Directory => "Your account is not of an organisation that may use this server.",
        Refusal::HostedDomain => {
            "Your account is not managed by an organisation that may use this server, although its address looks so."
        }
        Refusal::User => "Your account is not on the list of those who may use this server.",
        Refusal::EmailNotVerified => {
            "Only people with a verified e-mail address may use this server, and your identity provider does not vouch for yours."
        }
        Refusal::EmailDomain => "Your e-mail address is not of an organisation that may use this server.",
        Refusal::Group => "You are in none of the groups that may use this server.",
    }
}

/// What somebody is called on a page: as they know themselves.
pub fn account_name(identity: &Identity) -> &str {
    let claims = &identity.claims;
    claims.preferred_username.as_ref().or(claims.email.as_ref()).unwrap_or(&identity.sub)
}

/// Compares in constant time; an absent token is a wrong one.
pub fn csrf_matches(expected: &str, given: Option<&str>) -> bool {
    given.is_some_and(|given| bool::from(expected.as_bytes().ct_eq(given.as_bytes())))
}

/// The address that takes a code back to the client (RFC 6749 §4.1.2, RFC 9207 §2).
pub fn success(login: &LoginRecord, base: &Base, code: &str) -> String {
    answer(login, base, &[("code", code)])
}

/// The address that takes an error back to the client (RFC 6749 §4.1.2.1, RFC 9207 §2).
pub fn error(login: &LoginRecord, base: &Base, error: OAuthError) -> String {
    answer(login, base, &[("error", error.code()), ("error_description", error.description())])
}

/// The redirect URI in the record was validated when the login began.
fn answer(login: &LoginRecord, base: &Base, result: &[(&str, &str)]) -> String {
    let mut pairs = result.to_vec();
    if let Some(state) = &login.state {
        pairs.push(("state", state));
    }
    pairs.push(("iss", base.as_str()));
    append_query(&login.redirect_uri, &pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn a_token_holds_for_one_browser_one_flow_one_step_and_one_question() {
        let entropy = SeededEntropy::new(1);
        let (flow, other) = (FlowId::fresh(&entropy).unwrap(), FlowId::fresh(&entropy).unwrap());
        let token = csrf(&[1; 32], &flow, "consent", "read");
        assert!(csrf_matches(&token, Some(&token.clone())));
        for wrong in [
            csrf(&[2; 32], &flow, "consent", "read"),
            csrf(&[1; 32], &other, "consent", "read"),
            csrf(&[1; 32], &flow, "login", "read"),
            csrf(&[1; 32], &flow, "consent", "read write"),
        ] {
            assert!(!csrf_matches(&token, Some(&wrong)));
        }
        assert!(!csrf_matches(&token, None));
    }

    #[test]
    fn a_flow_id_survives_its_text_and_nothing_else_parses() {
        let flow = FlowId::fresh(&SeededEntropy::new(1)).unwrap();
        assert_eq!(FlowId::parse(&flow.text()).unwrap().hash(), flow.hash());
        for text in ["", "AAAA", "not base64!", &format!("{}A", flow.text())] {
            assert!(FlowId::parse(text).is_none(), "{text}");
        }
    }
}
