//! A provider's metadata and key set: fetched when needed, with a bounded cache.

use std::sync::{Mutex, PoisonError};

use openidconnect::core::CoreJsonWebKeySet;
use protocol::time::UnixTime;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::UpstreamError;
use super::http::{Endpoint, HttpClient, Reply};
use super::reach::Reach;
use super::registration::Registration;
use crate::fetched::Memory;

/// How long metadata or a key set are used without fetching them again, in seconds.
const FRESH_SECS: u64 = 3600;
/// How long they are used if fetching them again fails, in seconds.
const STALE_SECS: u64 = 24 * 3600;
/// The minimum time between two fetches of the keys when a token names an unknown key, in seconds.
const UNKNOWN_KEY_SECS: u64 = 5;
/// The maximum number of issuers in each cache. There are few tenants, so the limit only bounds the memory.
const ISSUERS: usize = 512;

/// The members of the provider's metadata that are used (OpenID Connect Discovery 1.0 §3).
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    /// The issuer that the metadata name; at Entra ID it can be a template.
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: Endpoint,
    pub(super) jwks_uri: Endpoint,
    /// The userinfo endpoint, if the metadata name one. A URL that is not allowed is an error only when userinfo is
    /// needed.
    pub(super) userinfo_endpoint: Option<Result<Endpoint, UpstreamError>>,
    /// The revocation endpoint (RFC 7009), if the metadata name one. A URL that is not allowed is an error only when a
    /// token is to be revoked.
    pub(super) revocation_endpoint: Option<Result<Endpoint, UpstreamError>>,
    pub(super) secret_in_body: bool,
    /// Whether, according to the metadata, the token endpoint supports authentication with a client secret.
    pub(super) takes_secret: bool,
}

#[derive(Debug, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: Value,
    #[serde(default)]
    revocation_endpoint: Value,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// Fetches and caches the metadata and key sets of all providers.
#[derive(Debug)]
pub(super) struct Documents {
    http: HttpClient,
    metadata: Cache<Metadata>,
    keys: Cache<CoreJsonWebKeySet>,
}

impl Documents {
    pub(super) fn new(http: HttpClient) -> Self {
        Self { http, metadata: Cache::default(), keys: Cache::default() }
    }

    pub(super) const fn http(&self) -> &HttpClient {
        &self.http
    }

    /// Returns the provider's metadata, with its endpoints checked.
    pub(super) async fn metadata(&self, at: &Registration, now: UnixTime) -> Result<Metadata, UpstreamError> {
        let key = at.address_key();
        if let Some(found) = self.metadata.younger_than(&key, FRESH_SECS, now) {
            return Ok(found);
        }
        match self.fetch_metadata(at).await {
            Ok(fetched) => {
                self.metadata.put(&key, fetched.clone(), now);
                Ok(fetched)
            }
            Err(error) => self.metadata.younger_than(&key, STALE_SECS, now).ok_or(error),
        }
    }

    /// Returns the provider's keys. Set `unknown_key` if the cached keys do not include the key that is needed.
    pub(super) async fn keys(
        &self,
        at: &Registration,
        metadata: &Metadata,
        unknown_key: bool,
        now: UnixTime,
    ) -> Result<CoreJsonWebKeySet, UpstreamError> {
        let key = at.address_key();
        let age = if unknown_key { UNKNOWN_KEY_SECS } else { FRESH_SECS };
        if let Some(found) = self.keys.younger_than(&key, age, now) {
            return Ok(found);
        }
        match self.http.get(&metadata.jwks_uri).await.and_then(|reply| json(&metadata.jwks_uri, &reply)) {
            Ok(fetched) => {
                let fetched: CoreJsonWebKeySet = fetched;
                self.keys.put(&key, fetched.clone(), now);
                Ok(fetched)
            }
            Err(error) => self.keys.younger_than(&key, STALE_SECS, now).ok_or(error),
        }
    }

    /// Returns the URL of the provider's metadata (Discovery 1.0 §4).
    pub(super) fn place(&self, at: &Registration) -> Result<Endpoint, UpstreamError> {
        let place = format!("{}/.well-known/openid-configuration", at.issuer.trim_end_matches('/'));
        Reach::of(&self.http, at)?.called(&place)
    }

    async fn fetch_metadata(&self, at: &Registration) -> Result<Metadata, UpstreamError> {
        let (place, reach) = (self.place(at)?, Reach::of(&self.http, at)?);
        let document: Document = json(&place, &self.http.get(&place).await?)?;
        same_issuer(at, &document.issuer)?;
        let methods = document.token_endpoint_auth_methods_supported.unwrap_or_default();
        let offers = |method: &str| methods.iter().any(|offered| offered == method);
        Ok(Metadata {
            issuer: document.issuer.clone(),
            authorization_endpoint: reach.shown(&document.authorization_endpoint)?,
            token_endpoint: reach.called(&document.token_endpoint)?,
            jwks_uri: reach.called(&document.jwks_uri)?,
            userinfo_endpoint: document.userinfo_endpoint.as_str().map(|endpoint| reach.called(endpoint)),
            revocation_endpoint: document.revocation_endpoint.as_str().map(|endpoint| reach.called(endpoint)),
            takes_secret: methods.is_empty() || offers("client_secret_basic") || offers("client_secret_post"),
            // HTTP Basic is the default if the document lists no methods (RFC 8414 §2).
            secret_in_body: offers("client_secret_post") && !offers("client_secret_basic"),
        })
    }
}

/// Fails if the metadata name another issuer than the one whose metadata were requested (Discovery 1.0 §4.3). Otherwise
/// one provider could impersonate another.
pub(super) fn same_issuer(at: &Registration, named: &str) -> Result<(), UpstreamError> {
    if at.profile.is_issuer(&at.issuer, named) {
        return Ok(());
    }
    Err(UpstreamError::Misconfigured(format!(
        "the provider's discovery document names the issuer {:?}, but providerIssuer is {:?}; they must be identical",
        named.chars().take(200).collect::<String>(),
        at.issuer
    )))
}

pub(super) fn json<T: DeserializeOwned>(place: &Endpoint, reply: &Reply) -> Result<T, UpstreamError> {
    if reply.status != 200 {
        return Err(UpstreamError::Unavailable(format!(
            "{} responded with status {}",
            place.as_str(),
            reply.status
        )));
    }
    serde_json::from_slice(reply.body.expose()).map_err(|error| {
        UpstreamError::Unavailable(format!("{} returned an invalid document: {error}", place.as_str()))
    })
}

/// A cache. The keys are those of [`Registration::address_key`]. Only operators configure providers, so all entries
/// count as those of known clients ([`Memory`]).
#[derive(Debug)]
struct Cache<T>(Mutex<Memory<T>>);

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(Mutex::new(Memory::new(ISSUERS)))
    }
}

impl<T: Clone> Cache<T> {
    fn younger_than(&self, issuer: &str, secs: u64, now: UnixTime) -> Option<T> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(issuer).filter(|entry| entry.is_younger(secs, now)).map(|entry| entry.value.clone())
    }

    fn put(&self, issuer: &str, value: T, now: UnixTime) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(issuer, value, true, now);
    }
}
