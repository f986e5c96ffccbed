//! Logins in progress.

use super::hash::{Hash, b64};
use crate::sealed::Sealed;
use protocol::scope::ScopeSet;
use protocol::server::login::Step;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use protocol::uri::ResourceUri;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A login in progress, from the authorization request to the code; it lives for at most ten minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRecord {
    /// The hash of the flow id that pages and forms carry.
    #[serde(with = "b64")]
    pub flow: Hash,
    /// The tenant at which it was started.
    pub tenant: Tenant,
    /// The hash of the browser cookie; only that browser can continue the login.
    #[serde(with = "b64")]
    pub browser: Hash,
    /// The client that sent the authorization request.
    pub client_id: String,
    /// The validated redirect URI, exactly as requested. The authorization response is sent only there.
    pub redirect_uri: String,
    /// The client's `state`, returned verbatim.
    pub state: Option<String>,
    /// PKCE `code_challenge`, S256 (RFC 7636 §4.2).
    pub code_challenge: String,
    /// The requested resource (RFC 8707), or the issuer if none was requested.
    pub resource: ResourceUri,
    /// The requested scopes; `None` if the parameter was absent.
    pub scopes: Option<ScopeSet>,
    /// The values of `prompt`.
    pub prompt: BTreeSet<String>,
    /// The client's hint about who will log in (OpenID Connect Core §3.1.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// `max_age`: the maximum age of the user's login at the provider, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// When it was started.
    pub created: UnixTime,
    /// From this time on it does not exist.
    pub expires: UnixTime,
    /// What it waits for.
    pub step: LoginStep,
}

/// What a login waits for. Only the transitions of [`protocol::server::login`] lead from one step to another.
pub type LoginStep = Step<Callback>;

/// What is stored from the approval until the provider's response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callback {
    /// The hash of the `state` sent to the provider; the callback finds this record by it.
    #[serde(with = "b64")]
    pub upstream_state: Hash,
    /// The nonce and the PKCE verifier of the request to the provider, sealed.
    pub secrets: Sealed,
}

impl LoginRecord {
    /// The hash of the `state` sent to the provider, if the login waits for the provider's response.
    pub const fn upstream_state(&self) -> Option<&Hash> {
        match &self.step {
            Step::AwaitCallback(sent) => Some(&sent.callback().upstream_state),
            Step::AwaitPassword | Step::AwaitConsent(_) | Step::AwaitApproval => None,
        }
    }
}
