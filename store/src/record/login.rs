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

/// A login in progress, from the request to its end; it lives for at most ten minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "stored::Members", into = "stored::Members")]
pub struct LoginRecord {
    /// The hash of the flow id that pages and forms carry.
    pub flow: Hash,
    /// The tenant at which the login was started.
    pub tenant: Tenant,
    /// The hash of the browser cookie; only that browser can continue the login.
    pub browser: Hash,
    /// What the login is for.
    pub purpose: Purpose,
    /// The values of `prompt`.
    pub prompt: BTreeSet<String>,
    /// The client's hint about who will log in (OpenID Connect Core §3.1.2.1).
    pub login_hint: Option<String>,
    /// `max_age`: the maximum age of the user's login at the provider, in seconds.
    pub max_age: Option<u32>,
    /// When the login was started.
    pub created: UnixTime,
    /// From this time on, the login does not exist.
    pub expires: UnixTime,
    /// What the login waits for.
    pub step: LoginStep,
}

/// What a login is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A client's authorization request; the login ends with a code.
    Client(ClientRequest),
    /// The page on which users see and revoke their grants; the login ends with a session.
    Connections,
    /// The page on which local users change how they sign in; the login ends with a session.
    Account,
}

/// The stored parameters of an authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRequest {
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
    /// The client's request; `None` if the login has another purpose.
    pub const fn client(&self) -> Option<&ClientRequest> {
        match &self.purpose {
            Purpose::Client(request) => Some(request),
            Purpose::Connections | Purpose::Account => None,
        }
    }

    /// The client that sent the request; `None` if the login has another purpose.
    pub fn client_id(&self) -> Option<&str> {
        self.client().map(|request| &*request.client_id)
    }

    /// The hash of the `state` sent to the provider; `None` if the login does not wait for the provider's response.
    pub const fn upstream_state(&self) -> Option<&Hash> {
        match &self.step {
            Step::AwaitCallback(sent) => Some(&sent.callback().upstream_state),
            Step::AwaitPassword
            | Step::AwaitSecondFactor(_)
            | Step::AwaitConsent(_)
            | Step::AwaitApproval => None,
        }
    }
}

/// The form of a login in the database. The members of a client's request are on the same level as the other members,
/// as in records of releases that knew no other purpose.
mod stored {
    use super::{BTreeSet, ClientRequest, Hash, LoginRecord, LoginStep, Purpose, b64};
    use protocol::scope::ScopeSet;
    use protocol::tenant::Tenant;
    use protocol::time::UnixTime;
    use protocol::uri::ResourceUri;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Members {
        #[serde(with = "b64")]
        flow: Hash,
        tenant: Tenant,
        #[serde(with = "b64")]
        browser: Hash,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<OtherPurpose>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        redirect_uri: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code_challenge: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<ResourceUri>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scopes: Option<ScopeSet>,
        prompt: BTreeSet<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        login_hint: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_age: Option<u32>,
        created: UnixTime,
        expires: UnixTime,
        step: LoginStep,
    }

    /// Any purpose but a client's request.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum OtherPurpose {
        Connections,
        Account,
    }

    impl TryFrom<Members> for LoginRecord {
        type Error = &'static str;

        fn try_from(login: Members) -> Result<Self, Self::Error> {
            let purpose = match (login.purpose, login.client_id, login.redirect_uri) {
                (None, Some(client_id), Some(redirect_uri)) => Purpose::Client(ClientRequest {
                    client_id,
                    redirect_uri,
                    state: login.state,
                    code_challenge: login.code_challenge.ok_or("a login without a code challenge")?,
                    resource: login.resource.ok_or("a login without a resource")?,
                    scopes: login.scopes,
                }),
                (Some(OtherPurpose::Connections), None, None) => Purpose::Connections,
                (Some(OtherPurpose::Account), None, None) => Purpose::Account,
                _ => return Err("a login without a client, or with a client and another purpose"),
            };
            Ok(Self {
                flow: login.flow,
                tenant: login.tenant,
                browser: login.browser,
                purpose,
                prompt: login.prompt,
                login_hint: login.login_hint,
                max_age: login.max_age,
                created: login.created,
                expires: login.expires,
                step: login.step,
            })
        }
    }

    impl From<LoginRecord> for Members {
        fn from(record: LoginRecord) -> Self {
            let (purpose, client) = match record.purpose {
                Purpose::Client(request) => (None, Some(request)),
                Purpose::Connections => (Some(OtherPurpose::Connections), None),
                Purpose::Account => (Some(OtherPurpose::Account), None),
            };
            let (mut client_id, mut redirect_uri, mut code_challenge) = (None, None, None);
            let (mut state, mut resource, mut scopes) = (None, None, None);
            if let Some(request) = client {
                client_id = Some(request.client_id);
                redirect_uri = Some(request.redirect_uri);
                code_challenge = Some(request.code_challenge);
                state = request.state;
                resource = Some(request.resource);
                scopes = request.scopes;
            }
            Self {
                flow: record.flow,
                tenant: record.tenant,
                browser: record.browser,
                purpose,
                client_id,
                redirect_uri,
                state,
                code_challenge,
                resource,
                scopes,
                prompt: record.prompt,
                login_hint: record.login_hint,
                max_age: record.max_age,
                created: record.created,
                expires: record.expires,
                step: record.step,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn text(members: &str) -> String {
        format!(
            r#"{{"flow":"{HASH}","tenant":{{"base":"https://wiki.example","id":"AAAAAAAAAAAAAAAAAAAAAA"}},"browser":"{HASH}",{members}"prompt":[],"created":1,"expires":2,"step":"await_password"}}"#
        )
    }

    #[test]
    fn logins_of_releases_before_other_purposes_are_read() {
        let client = r#""client_id":"c","redirect_uri":"https://c.example/cb","state":null,"code_challenge":"x","resource":"https://wiki.example","scopes":null,"#;
        let login: LoginRecord = serde_json::from_str(&text(client)).unwrap();
        assert_eq!(login.client_id(), Some("c"));
        let again = serde_json::to_string(&login).unwrap();
        assert_eq!(serde_json::from_str::<LoginRecord>(&again).unwrap(), login);
    }

    #[test]
    fn a_login_has_exactly_one_purpose() {
        for (members, purpose) in [
            (r#""purpose":"connections","#, Purpose::Connections),
            (r#""purpose":"account","#, Purpose::Account),
        ] {
            let login: LoginRecord = serde_json::from_str(&text(members)).unwrap();
            assert_eq!(login.purpose, purpose);
            assert_eq!(serde_json::to_string(&login).unwrap(), text(members));
        }
        for members in ["", r#""purpose":"connections","client_id":"c","#, r#""purpose":"other","#] {
            assert!(serde_json::from_str::<LoginRecord>(&text(members)).is_err(), "{members}");
        }
    }
}
