//! Tests the gate with requests in memory: responses, forwards, and edits.

mod backend;
mod config;
pub(super) mod keys;
mod mcp;
mod memory;
mod oauth;
mod paths;
mod personal;
mod policy;
mod revocation;
mod shared;
mod tokens;
mod workloads;

use super::*;
use crate::context::PluginKeys;
use crate::jose::anchor::AnchorSeed;
use crate::jose::key::Ed25519PublicJwk;
use crate::jose::key_certificate::{KeyCertificate, KeyPurpose, issue};
use crate::jose::token::{AccessTokenClaims, sign_access_token};
use crate::resource::header_name::HeaderName;
use crate::resource::header_value::HeaderValue;
use crate::resource::options::{PluginConfig, PluginEnvironment, parse};
use crate::resource::request::{BodyPiece, Editor, HeaderBuffer, HeaderList, RequestView, Unreadable};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::settings::Profile;
use crate::tenant::TenantId;
use crate::time::UnixTime;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

pub(super) const NOW: UnixTime = UnixTime::new(1_800_000_000);
pub(super) const BASE: &str = "https://h.test/wiki";

/// One request.
#[derive(Clone)]
pub(super) struct Request {
    method: &'static str,
    uri: Vec<u8>,
    headers: Vec<(String, Vec<u8>)>,
    file: Option<Vec<u8>>,
    body: Vec<u8>,
    /// How many bytes of the body have been read, and how many are read at once.
    read: usize,
    piece: usize,
    /// The name of the host call that fails, if one fails.
    broken: Option<&'static str>,
    lent: HeaderBuffer,
}

impl RequestView for Request {
    fn method(&mut self) -> Result<&[u8], Unreadable> {
        self.ask("method")?;
        Ok(self.method.as_bytes())
    }
    fn uri(&mut self) -> Result<&[u8], Unreadable> {
        Ok(&self.uri)
    }
    fn header_names(&mut self) -> Result<HeaderList<'_>, Unreadable> {
        self.ask("names")?;
        self.lent = self.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        Ok(self.lent.list())
    }
    fn header(&mut self, name: &'static str) -> Result<HeaderList<'_>, Unreadable> {
        let same = |(known, _): &&(String, Vec<u8>)| known.eq_ignore_ascii_case(name);
        self.lent = self.headers.iter().filter(same).map(|(_, value)| value).collect();
        Ok(self.lent.list())
    }
    fn peer(&mut self) -> Result<&[u8], Unreadable> {
        Ok(b"192.0.2.7:4711")
    }
    fn next_body_piece(&mut self) -> Result<BodyPiece<'_>, Unreadable> {
        self.ask("body")?;
        let from = self.read;
        self.read = (from + self.piece).min(self.body.len());
        Ok(BodyPiece { bytes: &self.body[from..self.read], is_last: self.read == self.body.len() })
    }
    fn file(&mut self, _path: &str) -> Result<Vec<u8>, Unreadable> {
        self.file.clone().ok_or_else(|| Unreadable::Failed("no such file".to_owned()))
    }
}

/// A request as Traefik passes it to the guest.
pub(super) fn request(method: &'static str, uri: &str) -> Request {
    Request {
        method,
        uri: uri.into(),
        headers: vec![],
        file: None,
        body: vec![],
        read: 0,
        piece: 2048,
        broken: None,
        lent: HeaderBuffer::new(),
    }
    .with("host", "h.test")
    .with("x-forwarded-proto", "https")
}

impl Request {
    fn ask(&self, question: &str) -> Result<(), Unreadable> {
        if self.broken == Some(question) { Err(Unreadable::Failed("gone".to_owned())) } else { Ok(()) }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn instead(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.with(name, value)
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    /// Sets a JSON body and its `Content-Type`.
    pub(super) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("content-type", "application/json")
    }

    pub(super) fn file(mut self, json: &str) -> Self {
        self.file = Some(json.into());
        self
    }
}

pub(super) fn seed() -> AnchorSeed {
    AnchorSeed::new(Secret::new([1; 32]))
}

pub(super) fn plugin_keys() -> PluginKeys {
    PluginKeys::new(seed().plugin_key(), vec![])
}

/// Parsed options: a tenant with the path `/wiki` unless `options` says otherwise.
pub(super) fn config(options: &Value) -> PluginConfig {
    let mut all = json!({"resource": "wiki", "providerIssuer": "local", "scopes": "read write"});
    if options.get("role").is_some() {
        all = json!({});
    }
    all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    let (key, anchor) = (seed().plugin_key().to_text(), seed().trust_anchor().to_text());
    let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: &anchor };
    parse(all.to_string().as_bytes(), environment).unwrap()
}

pub(super) fn gate(options: &Value) -> Gate {
    Gate::new(Ok(config(options)))
}

pub(super) fn tid() -> TenantId {
    TenantId::derive("wiki", "local", "", &[])
}

/// The key that signs tokens, as JWK.
pub(super) fn signing_jwk() -> Ed25519PublicJwk {
    Ed25519PublicJwk::from_key(&SigningKey::from_bytes(&[2; 32]).verifying_key())
}

pub(super) fn claims() -> AccessTokenClaims {
    AccessTokenClaims {
        iss: BASE.to_owned(),
        aud: vec![format!("{BASE}/mcp")],
        sub: "alice".to_owned(),
        client_id: "client".to_owned(),
        scope: ScopeSet::parse("read").unwrap(),
        iat: NOW,
        nbf: NOW,
        exp: NOW.plus(600),
        jti: "jti".to_owned(),
        mcpb_tid: tid(),
        profile: Profile::default(),
    }
}

/// A token as the sidecar issues it, with claims that `change` has changed.
pub(super) fn token(change: impl FnOnce(&mut AccessTokenClaims)) -> String {
    let mut claims = claims();
    change(&mut claims);
    let key = SigningKey::from_bytes(&[2; 32]);
    let certificate = KeyCertificate::new(&key.verifying_key(), NOW.minus(3_600), NOW.plus(3_600), 3_600);
    let kcert = issue(&seed().signing_key(), &certificate);
    sign_access_token(&key, &certificate.thumbprint(), &kcert, &claims)
}

pub(super) fn respond(gate: &mut Gate, mut request: Request) -> Response {
    match gate.decide(NOW, &mut request) {
        Decision::Respond(response) => response,
        other => panic!("forwarded: {other:?}"),
    }
}

pub(super) fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    let mut found = response.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let value = found.next().map(|(_, value)| value.as_ref());
    assert!(found.next().is_none(), "{name} is set twice");
    value
}

pub(super) fn logged(response: &Response) -> &str {
    response.log.as_ref().map_or("", |line| line.message.as_ref())
}

/// Records the changes that are made.
#[derive(Default)]
pub(super) struct Recorder {
    removed: Vec<String>,
    set: Vec<(&'static str, String)>,
}

impl Editor for Recorder {
    type Error = ();

    fn remove(&mut self, name: &str) -> Result<(), ()> {
        self.removed.push(name.to_owned());
        Ok(())
    }

    fn set(&mut self, name: HeaderName<'_>, value: &HeaderValue) -> Result<(), ()> {
        self.set.push((name.as_str().to_owned().leak(), value.to_string()));
        Ok(())
    }
}

/// Something that changes a request.
pub(super) trait Changes {
    fn make(&self, recorder: &mut Recorder) -> Result<(), ()>;

    fn recorded(&self) -> Recorder {
        let mut recorder = Recorder::default();
        self.make(&mut recorder).unwrap();
        recorder
    }
}

impl Changes for Edits {
    fn make(&self, recorder: &mut Recorder) -> Result<(), ()> {
        self.apply(recorder)
    }
}

impl Changes for McpForward {
    fn make(&self, recorder: &mut Recorder) -> Result<(), ()> {
        self.apply(recorder)
    }
}

/// The headers that are set.
pub(super) fn set(changes: &impl Changes) -> Vec<(&'static str, String)> {
    changes.recorded().set
}

/// The headers that are removed.
pub(super) fn removed(changes: &impl Changes) -> Vec<String> {
    changes.recorded().removed
}
