//! An in-memory sidecar, its tenants, and (in `browser`) a browser with a cookie jar.

pub(crate) mod authenticator;
mod browser;
mod caused;
pub(crate) mod description;
pub(crate) mod documents;
pub(crate) mod federated;
pub(crate) mod machine;
pub(crate) mod provider;
pub(crate) mod signing;

pub(crate) use browser::{Browser, Jar};
pub(crate) use caused::note as note_reasons;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use protocol::context::{CONTEXT_HEADER, Context, Endpoint, PluginKeys};
use protocol::encoding::{b64url_encode, sha256};
use protocol::form::{Form, encode_pairs};
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::{Provider, TenantSettings};
use protocol::time::UnixTime;
use protocol::uri::Base;
use serde_json::{Value, json};
use sidecar::app::{self, App};
use sidecar::clock::{Clock as _, ManualClock};
use sidecar::config::Config;
use sidecar::metrics::Snapshot;
use sidecar::{serve, sweep};
use store::Store;
use store::entropy::{Entropy, SeededEntropy};
use tempfile::NamedTempFile;
use tower::ServiceExt as _;

pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const START: UnixTime = UnixTime::new(1_800_000_000);
/// The redirect URI of the test client.
pub(crate) const CALLBACK: &str = "https://client.example/cb";
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The sidecar under test.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) router: Router,
    /// The routes of the operations listener.
    pub(crate) operations: Router,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) keys: PluginKeys,
    users: NamedTempFile,
    /// Headers that every request gets, such as `Accept-Language`.
    pub(crate) headers: HeaderMap,
}

/// A tenant, as its labels configure it.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) base: Base,
    pub(crate) settings: TenantSettings,
    /// The address of the tenant's clients.
    pub(crate) client_address: IpAddr,
}

/// A response that was read completely.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// The length of the body as it was sent, in bytes.
    pub(crate) length: usize,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// Starts a sidecar with additional settings.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(Arc::new(Store::oracle()), settings)
    }

    /// Starts a sidecar with settings that no variable can set.
    pub(crate) fn configured(settings: &[(&str, &str)], change: impl FnOnce(&mut Config)) -> Self {
        Self::made(Arc::new(Store::oracle()), Arc::new(SeededEntropy::new(7)), settings, change)
    }

    /// Starts a sidecar with this store.
    pub(crate) fn on(store: Arc<Store>, settings: &[(&str, &str)]) -> Self {
        Self::drawing(store, Arc::new(SeededEntropy::new(7)), settings)
    }

    /// Starts a sidecar with this store and this source of randomness.
    pub(crate) fn drawing(store: Arc<Store>, entropy: Arc<dyn Entropy>, settings: &[(&str, &str)]) -> Self {
        Self::made(store, entropy, settings, |_| {})
    }

    fn made(
        store: Arc<Store>,
        entropy: Arc<dyn Entropy>,
        settings: &[(&str, &str)],
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut users = NamedTempFile::new().unwrap();
        write!(users, "{}", users_json()).unwrap();
        users.flush().unwrap();
        let path = users.path().to_str().unwrap().to_owned();
        let mut pairs = vec![("BOUNCER_ENCRYPTION_KEY", KEY), ("BOUNCER_USERS_FILE", &path)];
        pairs.extend_from_slice(settings);
        let mut config = Config::from_pairs(pairs).unwrap();
        // No test calls a host on the internet.
        config.outbound.reference_hosts = Some(vec!["https://reference.invalid".to_owned()]);
        change(&mut config);
        let keys = config.keys.plugin_keys();
        let clock = Arc::new(ManualClock::at(START));
        let app = serve::build(config, store, Arc::<ManualClock>::clone(&clock), entropy).unwrap();
        Self {
            router: app::router(&app),
            operations: app.operations(),
            app,
            clock,
            keys,
            users,
            headers: HeaderMap::new(),
        }
    }

    /// Replaces parts of the sidecar.
    pub(crate) fn replace(&mut self, change: impl FnOnce(&mut App)) {
        change(Arc::get_mut(&mut self.app).unwrap());
        self.router = app::router(&self.app);
        self.operations = self.app.operations();
    }

    /// Returns the reasons of all events so far.
    pub(crate) fn reasons(&self) -> BTreeSet<String> {
        caused::reasons(&self.app.journal.metrics().text(&Snapshot::default()))
    }

    /// Changes alice's entry in the users file.
    pub(crate) fn change_alice(&self, change: impl FnOnce(&mut Value)) {
        let mut users = users_json();
        change(&mut users["users"][0]);
        std::fs::write(self.users.path(), users.to_string()).unwrap();
    }

    /// The path of the users file.
    pub(crate) fn users_path(&self) -> &Path {
        self.users.path()
    }

    /// Makes the users file unreadable.
    pub(crate) fn spoil_users(&self) {
        std::fs::write(self.users.path(), "{").unwrap();
    }

    /// Updates the revocation list as the background task does.
    pub(crate) async fn tell_revocations(&self) {
        let file = self.app.revocations.as_ref().unwrap();
        sweep::tell_revocations(&self.app.journal, file, self.clock.now()).await;
    }

    pub(crate) fn advance(&self, secs: u64) {
        self.clock.advance(Duration::from_secs(secs));
    }

    /// Returns a context as the plugin would seal it now.
    pub(crate) fn context(&self, site: &Site, endpoint: Endpoint, method: &str) -> Context {
        Context {
            iat: self.clock.now(),
            method: method.into(),
            endpoint,
            base: site.base.clone(),
            tid: site.settings.tid(),
            client_address: Some(site.client_address),
            settings: site.settings.clone(),
        }
    }

    /// Sends a request with a sealed context, as the plugin does.
    pub(crate) async fn send(&self, site: &Site, endpoint: Endpoint, request: Request<Body>) -> Reply {
        let context = self.context(site, endpoint.clone(), request.method().as_str());
        let (mut parts, body) = request.into_parts();
        let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        parts.uri = format!("{}{query}", endpoint.sidecar_path()).parse().unwrap();
        parts.headers.extend(self.headers.clone());
        parts.headers.insert(CONTEXT_HEADER, context.seal(&self.keys).parse().unwrap());
        self.raw(Request::from_parts(parts, body)).await
    }

    /// Sends a request as it is, without a context.
    pub(crate) async fn raw(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let is_packed = parts.headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding == "gzip");
        let mut text = String::new();
        if is_packed {
            flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
        } else {
            text.push_str(str::from_utf8(&bytes).unwrap());
        }
        Reply { status: parts.status, headers: parts.headers, text, length: bytes.len() }
    }

    pub(crate) async fn get(&self, site: &Site, endpoint: Endpoint) -> Reply {
        self.send(site, endpoint, Request::get("/").body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post_json(&self, site: &Site, endpoint: Endpoint, body: &Value) -> Reply {
        let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
        self.send(site, endpoint, request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn post_form(&self, site: &Site, endpoint: Endpoint, pairs: &[(&str, &str)]) -> Reply {
        let request = Request::post("/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(site, endpoint, request.body(Body::from(encode_pairs(pairs))).unwrap()).await
    }

    /// Registers a public client with this redirect URI. Returns its id.
    pub(crate) async fn register(&self, site: &Site, redirect_uri: &str) -> String {
        let metadata = json!({
            "client_name": "Test Client",
            "redirect_uris": [redirect_uri],
            "token_endpoint_auth_method": "none",
        });
        let reply = self.post_json(site, Endpoint::Register, &metadata).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()["client_id"].as_str().unwrap().to_owned()
    }

    /// Redeems a code. Returns the response.
    pub(crate) async fn token(&self, site: &Site, client_id: &str, code: &str) -> Reply {
        self.post_form(
            site,
            Endpoint::Token,
            &[
                ("grant_type", "authorization_code"),
                ("client_id", client_id),
                ("code", code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ],
        )
        .await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        caused::note(&self.reasons());
    }
}

impl Site {
    /// Returns a tenant with local users and the scopes `read` and `write`.
    pub(crate) fn local(base: &str) -> Self {
        Self::with(base, Provider::Local)
    }

    /// Returns a tenant with this OpenID provider.
    pub(crate) fn oidc(base: &str, issuer: &str) -> Self {
        let provider = Provider::Oidc {
            issuer: issuer.into(),
            client_id: "sidecar".into(),
            client_secret: Some(Secret::new("s3cr&t:+ %".into())),
            options: protocol::settings::ProviderOptions::default(),
        };
        Self::with(base, provider)
    }

    fn with(base: &str, provider: Provider) -> Self {
        Self {
            base: Base::parse(base).unwrap(),
            client_address: IpAddr::from([192, 0, 2, 7]),
            settings: TenantSettings::new("wiki", provider, ScopeSet::parse("openid read write").unwrap()),
        }
    }
}

impl Site {
    /// Returns the same tenant, with requests from this address.
    pub(crate) fn from(&self, address: impl Into<IpAddr>) -> Self {
        Self { client_address: address.into(), ..self.clone() }
    }
}

/// Returns the PKCE challenge of [`VERIFIER`].
pub(crate) fn challenge() -> String {
    b64url_encode(&sha256(VERIFIER.as_bytes()))
}

/// Returns valid parameters of an authorization request.
pub(crate) fn authorize_pairs(client_id: &str) -> Vec<(String, String)> {
    [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("state", "st&te"),
        ("scope", "read"),
        ("code_challenge", &challenge()),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// Returns the same parameters with one of them set or, with `None`, left out.
pub(crate) fn changed(
    mut pairs: Vec<(String, String)>,
    name: &str,
    value: Option<&str>,
) -> Vec<(String, String)> {
    pairs.retain(|(known, _)| known != name);
    if let Some(value) = value {
        pairs.push((name.into(), value.into()));
    }
    pairs
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Returns a part of the page, such as one of its forms, as a reply.
    pub(crate) fn part(&self, text: impl Into<String>) -> Self {
        Self { text: text.into(), status: self.status, headers: self.headers.clone(), length: self.length }
    }

    /// Returns the value of a hidden input.
    pub(crate) fn input(&self, name: &str) -> String {
        let (_, rest) = self
            .text
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap_or_else(|| panic!("no input {name}: {self:?}"));
        unescape(rest.split_once('"').unwrap().0)
    }

    /// Returns the URL to which a redirect or a page sends the browser.
    pub(crate) fn onward(&self) -> String {
        if self.status.is_redirection() {
            return self.header("location").to_owned();
        }
        // A refused user goes back by a link, after reading the reason.
        if let Some((_, rest)) = self.text.split_once("id=\"back\" href=\"") {
            assert!(!self.text.contains("http-equiv"), "{self:?}");
            return unescape(rest.split_once('"').unwrap().0);
        }
        let (_, rest) =
            self.text.split_once("content=\"0;url=").unwrap_or_else(|| panic!("leads nowhere: {self:?}"));
        let target = unescape(rest.split_once('"').unwrap().0);
        let link = self.text.split_once("id=\"continue\" href=\"").unwrap().1;
        assert_eq!(unescape(link.split_once('"').unwrap().0), target);
        target
    }

    /// Returns a parameter of the query of [`Self::onward`].
    pub(crate) fn onward_parameter(&self, name: &str) -> Option<String> {
        parameter(&self.onward(), name)
    }

    /// Returns the text that a person reads on the page, without markup.
    pub(crate) fn words(&self) -> String {
        let body = self.text.split_once("<body>").map_or(&*self.text, |(_, body)| body);
        let texts = body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
        unescape(&texts.collect::<String>())
    }

    /// Returns the reason code on an error page.
    pub(crate) fn reason(&self) -> &str {
        let found = self.text.split_once("id=\"reason\">").and_then(|(_, rest)| rest.split_once('<'));
        found.unwrap_or_else(|| panic!("no reason: {self:?}")).0
    }
}

/// Returns one parameter of a URL's query.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    Form::parse(query.as_bytes()).unwrap().get(name).map(str::to_owned)
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Returns a users file: alice is in the group `team`, bob is disabled, and carol may log in only at one other base.
fn users_json() -> Value {
    let hash = cheap_hash(PASSWORD);
    json!({ "users": [
        { "name": "alice", "password": hash, "email": "alice@example.com", "email_verified": true, "display_name": "Alice", "groups": ["team"] },
        { "name": "bob", "password": hash, "disabled": true },
        { "name": "carol", "password": hash, "tenants": ["https://other.example.com"] },
    ] })
}

/// Hashes a password with argon2id at the lowest cost, so that tests do not wait.
fn cheap_hash(password: &str) -> String {
    let params = argon2::Params::new(8, 1, 1, None).unwrap();
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let salt = argon2::password_hash::SaltString::encode_b64(&[1; 16]).unwrap();
    argon2::PasswordHasher::hash_password(&argon, password.as_bytes(), &salt).unwrap().to_string()
}
