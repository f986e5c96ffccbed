//! OAuth clients that call the sidecar as Traefik with the plugin does: over keep-alive connections, and with a sealed
//! context in each request. They use little CPU, because they run on the same machine as the sidecar.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::SystemTime;

use protocol::context::{CONTEXT_HEADER, Context, Endpoint, PluginKeys};
use protocol::encoding::{b64url_encode, sha256};
use protocol::form::{Form, encode_pairs};
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::{Provider, ProviderOptions, TenantSettings};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use protocol::uri::Base;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::load::message_length;
use crate::provider;

/// The `BOUNCER_ENCRYPTION_KEY` of every sidecar in the benchmark.
pub const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// The beginning of the users' names.
pub const NAME: &str = "alice";
/// The redirect URI of the clients.
pub const CALLBACK: &str = "https://client.example/cb";
/// The number of tenants. One tenant is not enough: the logins of one round would exceed its limits.
const TENANTS: usize = 4;
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The current time.
pub fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    UnixTime::new(since.as_secs())
}

fn settings() -> TenantSettings {
    TenantSettings::new(
        "wiki",
        Provider::Oidc {
            issuer: provider::issuer().into(),
            client_id: provider::CLIENT.into(),
            client_secret: Some(Secret::new("secret".into())),
            options: ProviderOptions::default(),
        },
        ScopeSet::parse("openid read write").expect("scopes"),
    )
}

/// One of the tenants. All have the same settings.
pub fn tenant(number: usize) -> Tenant {
    let base = format!("https://wiki{}.example.com", number % TENANTS);
    Tenant { base: Base::parse(&base).expect("a base"), id: settings().tid() }
}

/// Seals contexts, each for another client address, because requests are limited per address.
#[derive(Clone)]
pub struct Door {
    keys: Rc<PluginKeys>,
    next: Rc<Cell<u16>>,
}

impl Default for Door {
    fn default() -> Self {
        let config =
            ::sidecar::config::Config::from_pairs([("BOUNCER_ENCRYPTION_KEY", KEY)]).expect("settings");
        Self { keys: Rc::new(config.keys.plugin_keys()), next: Rc::default() }
    }
}

impl Door {
    fn context(&self, tenant: &Tenant, method: &'static str, endpoint: &Endpoint) -> String {
        let number = self.next.replace(self.next.get().wrapping_add(1));
        let [high, low] = number.to_be_bytes();
        let context = Context {
            iat: now(),
            method: method.into(),
            endpoint: endpoint.clone(),
            base: tenant.base.clone(),
            tid: tenant.id,
            client_address: Some(IpAddr::from([198, 18, high, low])),
            settings: settings(),
        };
        context.seal(&self.keys)
    }
}

/// One keep-alive connection with a cookie jar.
pub struct Client {
    stream: TcpStream,
    tenant: Tenant,
    door: Door,
    cookies: BTreeMap<String, String>,
    answer: Vec<u8>,
}

/// The tokens from the token endpoint.
pub struct Tokens {
    /// The client to which the tokens belong.
    pub client_id: String,
    /// The refresh token.
    pub refresh: String,
}

impl Client {
    /// Connects to the sidecar, as a client of this tenant.
    pub async fn connect(address: SocketAddr, door: &Door, tenant: Tenant) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("an option of TCP");
        let (door, cookies) = (door.clone(), BTreeMap::new());
        Self { stream, tenant, door, cookies, answer: Vec::with_capacity(16_384) }
    }

    /// Sends a request and reads the whole response, which must have this status.
    async fn ask(
        &mut self,
        method: &'static str,
        endpoint: &Endpoint,
        query: &str,
        body: Option<(&str, &str)>,
        status: &str,
    ) -> &str {
        let base = self.tenant.base.as_str();
        let host = base.trim_start_matches("https://");
        let mut request = format!(
            "{method} {}{}{query} HTTP/1.1\r\nHost: {host}\r\n{CONTEXT_HEADER}: {}\r\n",
            endpoint.sidecar_path(),
            if query.is_empty() { "" } else { "?" },
            self.door.context(&self.tenant, method, endpoint),
        );
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        if let Some((content_type, body)) = body {
            request += &format!(
                "Origin: {base}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        } else {
            request += "\r\n";
        }
        self.stream.write_all(request.as_bytes()).await.expect("a request that is taken");
        self.answer.clear();
        while message_length(&self.answer).is_none_or(|length| self.answer.len() < length) {
            let read = self.stream.read_buf(&mut self.answer).await.expect("an answer");
            assert!(read > 0, "closed in the middle");
        }
        let text = std::str::from_utf8(&self.answer).expect("text");
        assert!(text[9..].starts_with(status), "{method} {}: {text}", endpoint.sidecar_path());
        for line in text.lines().take_while(|line| !line.is_empty()) {
            if let Some((name, value)) =
                line.strip_prefix("set-cookie: ").and_then(|pair| pair.split_once('='))
            {
                self.cookies.insert(name.into(), value.split(';').next().unwrap_or_default().into());
            }
        }
        text
    }

    async fn form(&mut self, endpoint: Endpoint, pairs: &[(&str, &str)], status: &str) -> &str {
        let body = encode_pairs(pairs);
        self.ask("POST", &endpoint, "", Some(("application/x-www-form-urlencoded", &body)), status).await
    }

    /// Registers a client with this name; returns its id.
    pub async fn register(&mut self, name: &str) -> String {
        let body = serde_json::json!({
            "client_name": name, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
        });
        let body = body.to_string();
        let answer =
            self.ask("POST", &Endpoint::Register, "", Some(("application/json", &body)), "201").await;
        between(answer, "\"client_id\":\"", "\"").to_owned()
    }

    /// Logs in: authorize, consent page, consent, callback, code redemption. These are five requests, and one from the
    /// sidecar to the provider.
    pub async fn log_in(&mut self, client_id: &str) -> Tokens {
        self.cookies.clear();
        let challenge = b64url_encode(&sha256(VERIFIER.as_bytes()));
        let query = encode_pairs(&[
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", CALLBACK),
            ("state", "s"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let begun = self.ask("GET", &Endpoint::Authorize, &query, None, "303").await;
        let query = query_of(between(begun, "location: ", "\r\n")).to_owned();
        let page = self.ask("GET", &Endpoint::Consent, &query, None, "200").await;
        let (flow, csrf) = (input(page, "flow"), input(page, "csrf"));
        let fields = [("flow", flow.as_str()), ("csrf", &csrf), ("decision", "approve")];
        let done = onward(self.form(Endpoint::Consent, &fields, "").await);
        let asked = Form::parse(query_of(&done).as_bytes()).expect("a query");
        let (nonce, state) = (asked.get("nonce").expect("a nonce"), asked.get("state").expect("a state"));
        let query = encode_pairs(&[("code", nonce), ("state", state)]);
        let target = onward(self.ask("GET", &Endpoint::Callback, &query, None, "200").await);
        let query = query_of(&target);
        let code = Form::parse(query.as_bytes()).expect("a query").get("code").expect("a code").to_owned();
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let answer = self.form(Endpoint::Token, &fields, "200").await;
        Tokens { client_id: client_id.into(), refresh: between(answer, "\"refresh_token\":\"", "\"").into() }
    }

    /// Refreshes and replaces the tokens.
    pub async fn refresh(&mut self, tokens: &mut Tokens) {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", tokens.client_id.as_str()),
            ("refresh_token", tokens.refresh.as_str()),
        ];
        let answer = self.form(Endpoint::Token, &fields, "200").await;
        tokens.refresh = between(answer, "\"refresh_token\":\"", "\"").into();
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start}: {text}"));
    rest.split_once(end).expect("an end").0
}

fn input(page: &str, name: &str) -> String {
    between(page, &format!("name=\"{name}\" value=\""), "\"").replace("&amp;", "&")
}

fn query_of(url: &str) -> &str {
    url.split_once('?').expect("a query").1
}

/// The target of a redirect or of a page that redirects by itself.
fn onward(answer: &str) -> String {
    if answer.contains("\r\nlocation: ") {
        return between(answer, "\r\nlocation: ", "\r\n").to_owned();
    }
    between(answer, "content=\"0;url=", "\"").replace("&amp;", "&")
}
