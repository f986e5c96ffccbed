//! The requests that `mcpbouncer check-provider` and `mcpbouncer doctor` send to a provider. Logins do not need them,
//! but they use the settings, the checks of addresses and the HTTP client of logins.

use axum::http::header;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeyType, CoreJsonWebKeyUse};
use protocol::limits::document::PROVIDER_RESPONSE;
use protocol::secret::Secret;
use protocol::time::UnixTime;
use serde_json::{Map, Value};

use super::client_auth::takes_our_secret;
use super::documents::{json, same_issuer};
use super::error::UpstreamError;
use super::http::{CallError, Reply};
use super::jws;
use super::oidc::Oidc;
use super::port::{Finish, Freshness, Upstream as _};
use super::profile::Profile;
use super::reach::Reach;
use super::refusal::{self, Refusal, ReportedError};
use super::registration::Registration;

/// A code and a PKCE verifier that no provider has issued.
const MADE_UP: &str = "mcpbouncer-check-provider-made-up-value-00000";

/// A provider's metadata (Discovery 1.0 §3), as the provider sent them.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// The URL from which the metadata were fetched.
    pub place: String,
    /// The members of the metadata.
    pub document: Map<String, Value>,
    /// The provider's time (`Date`); `None` if the response does not state it.
    pub time: Option<UnixTime>,
}

impl Discovery {
    /// Returns a member that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.document.get(name)?.as_str()
    }

    /// Returns a member that is a list of strings; `None` if it is absent or not a list. Items that are not strings are
    /// left out.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        Some(self.document.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect())
    }
}

/// What the token endpoint's response says about the client if it is asked for tokens with a made-up code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientVerdict {
    /// The endpoint accepts the client and refuses the code.
    Accepted,
    /// The endpoint refuses the client.
    Refused(String),
    /// The response shows neither.
    Unclear(String),
}

/// Returns the names of the algorithms that are accepted for an `id_token`.
pub fn algorithms() -> Vec<&'static str> {
    jws::algorithms().collect()
}

impl Oidc {
    /// Fetches the provider's metadata.
    pub async fn discovery(&self, at: &Registration) -> Result<Discovery, CallError> {
        let place = self.documents.place(at)?;
        let reply = self.documents.http().get_document(&place, PROVIDER_RESPONSE.most).await?;
        let time = reply.headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let time = time.and_then(|date| httpdate::parse_http_date(date).ok());
        let time = time.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        Ok(Discovery {
            place: place.as_str().to_owned(),
            document: json(&place, &reply)?,
            time: time.map(|since| UnixTime::new(since.as_secs())),
        })
    }

    /// Checks that the metadata name the issuer that was asked.
    pub fn check_issuer(&self, at: &Registration, found: &Discovery) -> Result<(), UpstreamError> {
        let named = found.text("issuer").ok_or_else(|| missing("issuer"))?;
        same_issuer(at, named)
    }

    /// Checks the URL of an endpoint that the metadata name. Returns the URL that the sidecar calls or, for the
    /// authorization endpoint, the URL that browsers open.
    pub fn check_endpoint(
        &self,
        at: &Registration,
        found: &Discovery,
        name: &str,
    ) -> Result<String, UpstreamError> {
        let address = found.text(name).ok_or_else(|| missing(name))?;
        let reach = Reach::of(self.documents.http(), at)?;
        if name == "authorization_endpoint" {
            return reach.shown(address);
        }
        Ok(reach.called(address)?.as_str().to_owned())
    }

    /// Checks that the token endpoint supports a client authentication method that this server supports.
    pub async fn check_auth_methods(&self, at: &Registration) -> Result<(), UpstreamError> {
        takes_our_secret(at, &self.documents.metadata(at, self.clock.now()).await?)
    }

    /// Fetches the key set. Returns the number of keys that can verify an `id_token`, and the number of all keys.
    pub async fn count_keys(&self, at: &Registration) -> Result<(usize, usize), UpstreamError> {
        let now = self.clock.now();
        let metadata = self.documents.metadata(at, now).await?;
        let keys = self.documents.keys(at, &metadata, false, now).await?;
        Ok((keys.keys().iter().filter(|key| is_usable(key)).count(), keys.keys().len()))
    }

    /// Asks the token endpoint for tokens with a made-up code. The endpoint authenticates the client before it
    /// evaluates the code (RFC 6749 §3.2.1), so its error shows whether the client's id and secret are right.
    pub async fn try_client(
        &self,
        at: &Registration,
        redirect_uri: &str,
    ) -> Result<ClientVerdict, UpstreamError> {
        if at.profile == Profile::GitHub {
            return self.try_github(at, redirect_uri).await;
        }
        let metadata = self.documents.metadata(at, self.clock.now()).await?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", MADE_UP),
            ("redirect_uri", redirect_uri),
            ("code_verifier", MADE_UP),
        ];
        let first = self.methods.first(at, &metadata);
        let mut verdict = verdict(at, &self.post(at, &metadata.token_endpoint, &form, first).await?);
        let may_try_other = at.auth_method.is_none() && at.client_secret.is_some();
        if may_try_other && matches!(verdict, ClientVerdict::Refused(_)) {
            let other =
                self::verdict(at, &self.post(at, &metadata.token_endpoint, &form, first.other()).await?);
            if other == ClientVerdict::Accepted {
                verdict = other;
            }
        }
        Ok(verdict)
    }

    async fn try_github(
        &self,
        at: &Registration,
        redirect_uri: &str,
    ) -> Result<ClientVerdict, UpstreamError> {
        let finish = Finish {
            code: Secret::new(MADE_UP.to_owned()),
            redirect_uri: redirect_uri.to_owned(),
            nonce: Secret::new(String::new()),
            verifier: Secret::new(MADE_UP.to_owned()),
            fresh: Freshness { since: self.clock.now(), max_age: None, login: false },
        };
        match self.exchange(at, &finish).await {
            Err(UpstreamError::GrantRefused(_)) => Ok(ClientVerdict::Accepted),
            Err(UpstreamError::Misconfigured(text)) if text.contains("credentials") => {
                Ok(ClientVerdict::Refused(text))
            }
            Err(UpstreamError::Misconfigured(text) | UpstreamError::Unverifiable(text)) => {
                Ok(ClientVerdict::Unclear(text))
            }
            Err(error @ UpstreamError::Unavailable(_)) => Err(error),
            Ok(_) => Ok(ClientVerdict::Unclear("it accepted a code that was made up".to_owned())),
        }
    }
}

fn missing(name: &str) -> UpstreamError {
    UpstreamError::Misconfigured(format!("the provider's discovery document has no {name}"))
}

fn is_usable(key: &CoreJsonWebKey) -> bool {
    let signs = key.key_use().is_none_or(|purpose| *purpose == CoreJsonWebKeyUse::Signature);
    let kinds =
        [CoreJsonWebKeyType::RSA, CoreJsonWebKeyType::EllipticCurve, CoreJsonWebKeyType::OctetKeyPair];
    signs && kinds.contains(key.key_type())
}

fn verdict(at: &Registration, reply: &Reply) -> ClientVerdict {
    let refusal = Refusal::read(reply);
    let secrets: Vec<&str> = at.client_secret.iter().map(|secret| secret.expose().as_str()).collect();
    let said = ReportedError::new(&refusal.code, refusal.description.as_deref(), &secrets);
    let text = format!("{} {said}", reply.status);
    if refusal::is_of_client(reply) || refusal.code == "unauthorized_client" {
        return ClientVerdict::Refused(format!("{text}: {}", said.advice()));
    }
    match reply.status {
        400..=499 if refusal.is_oauth => ClientVerdict::Accepted,
        _ => ClientVerdict::Unclear(text),
    }
}
