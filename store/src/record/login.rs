//! Logins under way.

use super::hash::{Hash, b64};
use crate::sealed::Sealed;
use protocol::scope::ScopeSet;
use protocol::server::login::Step;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use protocol::uri::ResourceUri;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One login under way: from the authorize request to the code, at most ten minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRecord {
    /// Hash of the flow id that pages and forms carry.
    #[serde(with = "b64")]
    pub flow: Hash,
    /// The tenant it was begun at.
    pub tenant: Tenant,
    /// Hash of the browser cookie; only that browser may continue.
    #[serde(with = "b64")]
    pub browser: Hash,
    /// The client that asks.
    pub client_id: String,
    /// The validated redirect URI exactly as requested; the authorization response goes only there.
    pub redirect_uri: String,
    /// The client's `state`, returned verbatim.
    pub state: Option<String>,
    /// PKCE `code_challenge`, S256 (RFC 7636 §4.2).
    pub code_challenge: String,
    /// The requested resource (RFC 8707), or the issuer.
    pub resource: ResourceUri,
    /// The scopes asked for; `None` if the parameter was absent.
    pub scopes: Option<ScopeSet>,
    /// The values of `prompt`.
    pub prompt: BTreeSet<String>,
    /// Who the client thinks will log in (OpenID Connect Core §3.1.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// `max_age`: how many seconds ago at most the user has logged in at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// When it began.
    pub created: UnixTime,
    /// From then on it does not exist.
    pub expires: UnixTime,
    /// What is awaited now.
    pub step: LoginStep,
}

/// What a login waits for. Only the transitions of [`protocol::server::login`] lead from one step to another.
pub type LoginStep = Step<Callback>;

/// What is kept from the approval to the identity provider's response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callback {
    /// Hash of the `state` sent upstream; finds this record at the callback.
    #[serde(with = "b64")]
    pub upstream_state: Hash,
    /// The nonce and PKCE verifier sent upstream, sealed.
    pub secrets: Sealed,
}

impl LoginRecord {
    /// The hash of the state sent upstream, while the provider's response is awaited.
    pub const fn upstream_state(&self) -> Option<&Hash> {
        match &self.step {
            Step::AwaitCallback(sent) => Some(&sent.callback().upstream_state),
            Step::AwaitPassword | Step::AwaitConsent(_) | Step::AwaitApproval => None,
        }
    }
}
