//! A small OpenID provider on a loopback port, with real HTTP, that can be made to misbehave.

mod revocation;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use ed25519_dalek::{Signer as _, SigningKey};
use protocol::encoding::{b64url_encode, sha256};
use protocol::form::Form;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::{START, parameter};

/// A way in which the provider misbehaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Vice {
    /// Sets one claim, or removes it with `null`.
    Claim(&'static str, Value),
    /// Sets one header parameter.
    Header(&'static str, Value),
    /// Signs these bytes instead of the claims.
    Payload(&'static str),
    /// Sends this instead of an `id_token`.
    Token(&'static str),
    /// Sets the header's `alg`, with an invalid signature.
    Algorithm(&'static str),
    /// Signs with a key that is not in the key set.
    ForeignKey,
    /// Sends no `id_token`.
    NoIdToken,
    /// Issues no refresh token.
    NoRefreshToken,
    /// The token endpoint accepts only one client authentication method (named as in RFC 7591), whatever the discovery
    /// document says.
    OnlyMethod(&'static str),
    /// The token endpoint redirects.
    Redirect,
    /// The token endpoint's response is huge.
    Oversized,
    /// The token endpoint responds with this status and this error.
    Refusal(u16, &'static str),
    /// The token endpoint responds with this status and this body.
    Raw(u16, &'static str),
    /// Sets a field of the discovery document.
    Document(&'static str, Value),
    /// Sets a member of the token response, or removes it with `null`.
    Response(&'static str, Value),
}

/// The provider with the requests that it has received.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    /// The address on which it listens.
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
    /// Status, type and body of userinfo; if `None`, discovery names no userinfo endpoint.
    userinfo: Option<(u16, &'static str, String)>,
    /// An algorithm of [`super::signing`] instead of `EdDSA`.
    algorithm: Option<&'static str>,
    later: u64,
    rotating: bool,
    refreshes: u32,
    reused: bool,
    held: Option<Arc<Semaphore>>,
    revocation: revocation::Asked,
    /// How long access tokens live, in seconds. They are then numbered: each response has another one.
    access_secs: Option<u64>,
    access_tokens: u32,
}

#[derive(Clone)]
struct Asked {
    nonce: String,
    challenge: String,
}

impl Provider {
    /// Starts it.
    pub(crate) async fn start() -> Self {
        Self::start_as("", None).await
    }

    /// Starts it with an issuer that has this path.
    pub(crate) async fn start_below(path: &str) -> Self {
        Self::start_as(path, None).await
    }

    /// Starts it with another issuer address for browsers.
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
            .route("/elsewhere", post(|| async { "stolen" }))
            .with_state(Arc::clone(&shared));
        let router = if path.is_empty() { router } else { Router::new().nest(path, router) };
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, address, shared }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn misbehave(&self, vice: Vice) {
        self.inner().vices.push(vice);
    }

    /// From now on each refresh token works once, and one that is used again ends the session (RFC 9700 §4.14.2).
    pub(crate) fn rotate_refresh_tokens(&self) {
        self.inner().rotating = true;
    }

    /// From now on access tokens live for so many seconds, and each response has another one: `upstream-access-1` and so
    /// on.
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

    /// Advances its clock by this many seconds.
    pub(crate) fn advance(&self, secs: u64) {
        self.inner().later += secs;
    }

    /// Removes that claim again.
    pub(crate) fn unclaim(&self, name: &str) {
        self.inner().extra.remove(name);
    }

    /// An assertion of this type with these claims, signed like an `id_token`.
    pub(crate) fn assertion(&self, typ: &str, claims: &Value) -> String {
        let inner = self.inner();
        let header = json!({ "alg": "EdDSA", "kid": format!("k{}", inner.key), "typ": typ });
        signed(&header, claims, &signing_key(inner.key))
    }

    /// The same with a key that is not in the key set.
    pub(crate) fn forged_assertion(&self, typ: &str, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "kid": format!("k{}", self.inner().key), "typ": typ });
        signed(&header, claims, &signing_key(99))
    }

    /// Adds a userinfo endpoint with this response to the access token that it issued.
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

    /// The paths of all requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.inner().requests.clone()
    }

    /// The `Authorization` headers at the token endpoint so far.
    pub(crate) fn basic(&self) -> Vec<String> {
        self.inner().basic.clone()
    }

    /// Logs the user in at the provider, who is sent back with a code; returns the query for our callback.
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

fn note(shared: &Shared, path: &str) -> Vec<Vice> {
    let mut inner = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
    inner.requests.push(path.to_owned());
    inner.vices.clone()
}

async fn discovery(State(shared): State<Arc<Shared>>) -> Response {
    let issuer = &shared.issuer;
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
    });
    if shared.state.lock().unwrap_or_else(PoisonError::into_inner).userinfo.is_some() {
        document["userinfo_endpoint"] = format!("{issuer}/userinfo").into();
    }
    if shared.state.lock().unwrap_or_else(PoisonError::into_inner).revocation.is_offered() {
        document["revocation_endpoint"] = format!("{issuer}/revoke").into();
    }
    for vice in note(&shared, "discovery") {
        if let Vice::Document(name, value) = vice {
            document[name] = value;
        }
    }
    answer(StatusCode::OK, &document)
}

async fn userinfo(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    note(&shared, "userinfo");
    let answer = shared.state.lock().unwrap_or_else(PoisonError::into_inner).userinfo.clone();
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != "Bearer upstream-access") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (status, kind, body) = answer.unwrap();
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, kind)], body).into_response()
}

fn signing_key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&sha256(&[number]))
}

async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    note(&shared, "jwks");
    let (number, algorithm) = {
        let inner = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        (inner.key, inner.algorithm)
    };
    if let Some(algorithm) = algorithm {
        return answer(StatusCode::OK, &json!({ "keys": [super::signing::public_jwk(algorithm)] }));
    }
    let x = b64url_encode(signing_key(number).verifying_key().as_bytes());
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": format!("k{number}"), "use": "sig", "alg": "EdDSA" });
    answer(StatusCode::OK, &json!({ "keys": [key] }))
}

async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let vices = note(&shared, "token");
    let held = shared.state.lock().unwrap_or_else(PoisonError::into_inner).held.clone();
    if let Some(held) = held {
        held.acquire().await.unwrap().forget();
    }
    for vice in &vices {
        match vice {
            Vice::Redirect => {
                return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/elsewhere")]).into_response();
            }
            Vice::Oversized => return "x".repeat(1024 * 1024).into_response(),
            Vice::Refusal(status, error) => {
                let body = json!({ "error": error, "error_description": "<b>upstream words</b>" });
                return answer(StatusCode::from_u16(*status).unwrap(), &body);
            }
            Vice::Raw(status, body) => {
                return (StatusCode::from_u16(*status).unwrap(), *body).into_response();
            }
            Vice::Claim(..)
            | Vice::Header(..)
            | Vice::Payload(_)
            | Vice::Token(_)
            | Vice::Algorithm(_)
            | Vice::ForeignKey
            | Vice::NoIdToken
            | Vice::NoRefreshToken
            | Vice::OnlyMethod(_)
            | Vice::Document(..)
            | Vice::Response(..) => {}
        }
    }
    let form = Form::parse(&body).unwrap();
    let basic = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let used = match (&basic, form.get("client_secret")) {
        (Some(_), None) => "client_secret_basic",
        (None, Some(_)) => "client_secret_post",
        _ => "none",
    };
    if vices.iter().any(|vice| matches!(vice, Vice::OnlyMethod(only) if *only != used)) {
        return answer(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_client" }));
    }
    let mut inner = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
    inner.basic.extend(basic);
    let asked = match form.get("grant_type") {
        Some("authorization_code") => {
            let asked = form.get("code").and_then(|code| inner.codes.remove(code));
            let verifier = form.get("code_verifier").unwrap_or_default();
            asked.filter(|asked| b64url_encode(&sha256(verifier.as_bytes())) == asked.challenge)
        }
        _ => inner.refresh(form.get("refresh_token").unwrap_or_default()),
    };
    let Some(asked) = asked else {
        return answer(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_grant" }));
    };
    let refresh_token = inner.refresh_token();
    let mut body =
        json!({ "access_token": "upstream-access", "token_type": "Bearer", "refresh_token": refresh_token });
    if let Some(secs) = inner.access_secs {
        inner.access_tokens += 1;
        body["access_token"] = format!("upstream-access-{}", inner.access_tokens).into();
        body["expires_in"] = secs.into();
    }
    if vices.contains(&Vice::NoRefreshToken) {
        body.as_object_mut().unwrap().remove("refresh_token");
    }
    if !vices.contains(&Vice::NoIdToken) {
        body["id_token"] = id_token(&shared.issuer, &asked.nonce, &inner, &vices).into();
    }
    for vice in vices {
        match vice {
            Vice::Response(name, Value::Null) => {
                body.as_object_mut().unwrap().remove(name);
            }
            Vice::Response(name, value) => body[name] = value,
            _ => {}
        }
    }
    answer(StatusCode::OK, &body)
}

fn id_token(issuer: &str, nonce: &str, inner: &Inner, vices: &[Vice]) -> String {
    let now = START.as_secs() + inner.later;
    let mut claims = json!({
        "iss": issuer, "aud": "sidecar", "sub": "upstream-alice", "nonce": nonce,
        "iat": now, "exp": now + 300, "email": "alice@example.com", "email_verified": true, "groups": ["team"],
    });
    let mut header = json!({ "alg": "EdDSA", "kid": format!("k{}", inner.key), "typ": "JWT" });
    let mut key = signing_key(inner.key);
    let mut payload = None;
    for (name, value) in &inner.extra {
        claims[name] = value.clone();
    }
    for vice in vices {
        match vice {
            Vice::Claim(name, Value::Null) => {
                claims.as_object_mut().unwrap().remove(*name);
            }
            Vice::Claim(name, value) => claims[*name] = value.clone(),
            Vice::Header(name, value) => header[*name] = value.clone(),
            Vice::Payload(text) => payload = Some(*text),
            Vice::Token(text) => return (*text).to_owned(),
            Vice::Algorithm(name) => header["alg"] = (*name).into(),
            Vice::ForeignKey => key = signing_key(99),
            Vice::NoIdToken
            | Vice::NoRefreshToken
            | Vice::Redirect
            | Vice::Oversized
            | Vice::Refusal(..)
            | Vice::Raw(..)
            | Vice::OnlyMethod(_)
            | Vice::Document(..)
            | Vice::Response(..) => {}
        }
    }
    if let Some(algorithm) = inner.algorithm {
        return super::signing::assertion(algorithm, &json!({}), &claims);
    }
    let payload = payload.map_or_else(|| claims.to_string(), str::to_owned);
    let signed =
        format!("{}.{}", b64url_encode(header.to_string().as_bytes()), b64url_encode(payload.as_bytes()));
    if header["alg"] == "none" {
        return format!("{signed}.");
    }
    let signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", b64url_encode(&signature.to_bytes()))
}

fn signed(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let parts = [header, claims].map(|part| b64url_encode(part.to_string().as_bytes()));
    let message = parts.join(".");
    let signature = key.sign(message.as_bytes());
    [message, b64url_encode(&signature.to_bytes())].join(".")
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
