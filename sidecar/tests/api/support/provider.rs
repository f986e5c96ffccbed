//! A small OpenID provider on a loopback port, with real HTTP. It can be made to misbehave.

mod endpoints;
mod revocation;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::parameter;
use endpoints::{discovery, elsewhere, jwks, signed, signing_key, token, userinfo};

/// A way in which the provider misbehaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Vice {
    /// Sets one claim, or removes it with `null`.
    Claim(&'static str, Value),
    /// Sets one header parameter.
    Header(&'static str, Value),
    /// Signs these bytes instead of the claims.
    Payload(&'static str),
    /// Sends this text instead of an `id_token`.
    Token(&'static str),
    /// Sets the header's `alg`; the signature is then invalid.
    Algorithm(&'static str),
    /// Signs with a key that is not in the key set.
    ForeignKey,
    /// Sends no `id_token`.
    NoIdToken,
    /// Issues no refresh token.
    NoRefreshToken,
    /// The token endpoint accepts only one client authentication method (named as in RFC 7591), whatever the metadata
    /// say.
    OnlyMethod(&'static str),
    /// The token endpoint redirects.
    Redirect,
    /// The token endpoint's response is huge.
    Oversized,
    /// The token endpoint responds with this status and this error.
    Refusal(u16, &'static str),
    /// The token endpoint responds with this status and this body.
    Raw(u16, &'static str),
    /// Sets a field of the metadata.
    Document(&'static str, Value),
    /// Sets a member of the token response, or removes it with `null`.
    Response(&'static str, Value),
}

/// The provider, with the requests that it has received.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    /// The address on which the provider listens.
    pub(crate) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    issuer: String,
    state: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    vices: Vec<Vice>,
    codes: HashMap<String, Asked>,
    issued: u32,
    key: u8,
    requests: Vec<String>,
    basic: Vec<String>,
    extra: Map<String, Value>,
    /// The status, content type and body of the userinfo response; if `None`, the metadata name no userinfo endpoint.
    userinfo: Option<(u16, &'static str, String)>,
    /// The algorithm of [`super::signing`] that signs; `None` means `EdDSA`.
    algorithm: Option<&'static str>,
    later: u64,
    rotating: bool,
    refreshes: u32,
    reused: bool,
    held: Option<Arc<Semaphore>>,
    revocation: revocation::Asked,
    /// The lifetime of access tokens, in seconds. If it is set, tokens are numbered, so that each response has another
    /// one.
    access_secs: Option<u64>,
    access_tokens: u32,
}

#[derive(Clone)]
struct Asked {
    nonce: String,
    challenge: String,
}

impl Provider {
    /// Starts the provider.
    pub(crate) async fn start() -> Self {
        Self::start_as("", None).await
    }

    /// Starts the provider with an issuer that has this path.
    pub(crate) async fn start_below(path: &str) -> Self {
        Self::start_as(path, None).await
    }

    /// Starts the provider. If `issuer` is given, browsers use that address instead.
    pub(crate) async fn known_as(issuer: Option<&str>) -> Self {
        Self::start_as("", issuer).await
    }

    async fn start_as(path: &str, issuer: Option<&str>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}{path}", listener.local_addr().unwrap());
        let issuer = issuer.map_or_else(|| address.clone(), str::to_owned);
        let shared = Arc::new(Shared { issuer: issuer.clone(), state: Mutex::default() });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/revoke", post(revocation::revoke))
            .route("/elsewhere", post(elsewhere))
            .with_state(Arc::clone(&shared));
        let router = if path.is_empty() { router } else { Router::new().nest(path, router) };
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, address, shared }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.shared.inner()
    }

    pub(crate) fn misbehave(&self, vice: Vice) {
        self.inner().vices.push(vice);
    }

    /// From now on each refresh token works once; one that is used again ends the session (RFC 9700 §4.14.2).
    pub(crate) fn rotate_refresh_tokens(&self) {
        self.inner().rotating = true;
    }

    /// From now on access tokens live for this many seconds, and each response has another one: `upstream-access-1` and
    /// so on.
    pub(crate) fn access_tokens_live(&self, secs: u64) {
        self.inner().access_secs = Some(secs);
    }

    /// Whether a refresh token was used twice.
    pub(crate) fn saw_reuse(&self) -> bool {
        self.inner().reused
    }

    /// Holds all responses of the token endpoint until the semaphore has permits.
    pub(crate) fn hold(&self) -> Arc<Semaphore> {
        let held = Arc::new(Semaphore::new(0));
        self.inner().held = Some(Arc::clone(&held));
        held
    }

    /// Stops misbehaving.
    pub(crate) fn behave(&self) {
        self.inner().vices.clear();
    }

    /// Adds a claim to every `id_token`.
    pub(crate) fn claim(&self, name: &str, value: Value) {
        self.inner().extra.insert(name.into(), value);
    }

    /// Advances the provider's clock by this many seconds.
    pub(crate) fn advance(&self, secs: u64) {
        self.inner().later += secs;
    }

    /// Stops adding this claim.
    pub(crate) fn unclaim(&self, name: &str) {
        self.inner().extra.remove(name);
    }

    /// Returns an assertion of this type with these claims, signed like an `id_token`.
    pub(crate) fn assertion(&self, typ: &str, claims: &Value) -> String {
        let inner = self.inner();
        let header = json!({ "alg": "EdDSA", "kid": format!("k{}", inner.key), "typ": typ });
        signed(&header, claims, &signing_key(inner.key))
    }

    /// Like [`Self::assertion`], but signed with a key that is not in the key set.
    pub(crate) fn forged_assertion(&self, typ: &str, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "kid": format!("k{}", self.inner().key), "typ": typ });
        signed(&header, claims, &signing_key(99))
    }

    /// Adds a userinfo endpoint with this response for the access token that the provider issued.
    pub(crate) fn userinfo(&self, status: u16, kind: &'static str, body: &str) {
        self.inner().userinfo = Some((status, kind, body.to_owned()));
    }

    /// Signs with another algorithm from now on.
    pub(crate) fn signs_with(&self, algorithm: &'static str) {
        self.inner().algorithm = Some(algorithm);
    }

    /// Switches to a new signing key.
    pub(crate) fn rotate(&self) {
        self.inner().key += 1;
    }

    /// Returns the paths of all requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.inner().requests.clone()
    }

    /// The number of requests to this endpoint so far.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.inner().requests.iter().filter(|asked| *asked == path).count()
    }

    /// Waits until the token endpoint has received this many requests.
    pub(crate) async fn was_asked_for_tokens(&self, times: usize) {
        while self.asked("token") < times {
            tokio::task::yield_now().await;
        }
    }

    /// Returns the `Authorization` headers that the token endpoint has received so far.
    pub(crate) fn basic(&self) -> Vec<String> {
        self.inner().basic.clone()
    }

    /// Signs the user in at the provider, which sends the browser back with a code. Returns the query for the callback.
    pub(crate) fn sign_in(&self, authorize_url: &str) -> String {
        let get = |name: &str| {
            parameter(authorize_url, name).unwrap_or_else(|| panic!("no {name}: {authorize_url}"))
        };
        assert!(authorize_url.starts_with(&format!("{}/authorize?", self.issuer)), "{authorize_url}");
        assert_eq!((get("response_type").as_str(), get("code_challenge_method").as_str()), ("code", "S256"));
        let mut inner = self.inner();
        inner.issued += 1;
        let code = format!("upstream-code-{}", inner.issued);
        inner.codes.insert(code.clone(), Asked { nonce: get("nonce"), challenge: get("code_challenge") });
        format!("code={code}&state={}", get("state"))
    }
}

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn refresh_token(&self) -> String {
        if self.rotating {
            format!("upstream-refresh-{}", self.refreshes)
        } else {
            "upstream-refresh".to_owned()
        }
    }

    fn refresh(&mut self, token: &str) -> Option<Asked> {
        let right = token == self.refresh_token();
        self.reused |= !right;
        self.refreshes += 1;
        (!self.reused).then(|| Asked { nonce: String::new(), challenge: String::new() })
    }
}
