//! `docs/openapi.yaml` states the limits of `protocol::limits`, and they are enforced: each parameter, header, form
//! field and JSON member is sent with the maximum length, which is not refused for its length, and one byte longer,
//! which is refused with an error that names it, without storing anything.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::support::description::{Description, Field, Place};
use super::support::*;
use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use protocol::form::encode_pairs;
use protocol::limits::{self, Limit, Unit};
use serde_json::{Value, json};
use store::Store;
use store::intent::copy::Sizes;
use tempfile::TempDir;

const BASE: &str = "https://mcp.example.com/wiki";

/// A sidecar on a real file, so that all tables are counted, with a client, a code and a refresh token.
struct Held {
    _folder: TempDir,
    store: Arc<Store>,
    world: World,
    site: Site,
    client: String,
    confidential: Value,
    code: String,
    refresh: String,
}

impl Held {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open_file(&folder.path().join("bouncer.db")).unwrap());
        let world = World::on(Arc::<Store>::clone(&store), &[]);
        let site = Site::local(BASE);
        let client = world.register(&site, CALLBACK).await;
        let metadata =
            json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic"});
        let confidential = world.post_json(&site, Endpoint::Register, &metadata).await.json();
        let first = Browser::new(&world, &site).reach_code(&client).await;
        let tokens = world.token(&site, &client, &first).await.json();
        let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
        let code = Browser::new(&world, &site).reach_code(&client).await;
        Self { _folder: folder, store, world, site, client, confidential, code, refresh }
    }

    fn stored(&self) -> Vec<(&'static str, u64)> {
        self.store.read(Sizes).unwrap()
    }

    /// Returns the endpoint of a path in the description.
    fn endpoint(&self, path: &str) -> Endpoint {
        let id = self.confidential["client_id"].as_str().unwrap();
        Endpoint::at_oauth_path(&path.replace("{client_id}", id)).unwrap_or_else(|| panic!("{path}"))
    }

    /// Returns a form that is valid except for one value.
    fn form(&self, field: &Field, value: &str) -> String {
        let mut pairs: Vec<(String, String)> = match field.path.as_str() {
            "/oauth/authorize" => authorize_pairs(&self.client),
            // An assertion is sent without other credentials.
            _ if field.name.starts_with("client_assertion") => {
                [("client_assertion", "a.b.c"), ("client_assertion_type", "x"), ("token", "x")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .to_vec()
            }
            "/oauth/token" => {
                let grant = if matches!(field.name.as_str(), "refresh_token" | "scope") {
                    [("grant_type", "refresh_token"), ("refresh_token", &*self.refresh), ("scope", "none")]
                } else {
                    // The verifier is wrong, so that the code is not used up.
                    [
                        ("grant_type", "authorization_code"),
                        ("code", &*self.code),
                        ("code_verifier", &*"a".repeat(43)),
                    ]
                    .map(|(name, value)| (name, &*Box::leak(value.to_owned().into_boxed_str())))
                };
                let all = [&grant[..], &[("client_id", &*self.client)]].concat();
                all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
            }
            _ => vec![
                ("client_id".to_owned(), self.client.clone()),
                ("token".to_owned(), "made-up".to_owned()),
            ],
        };
        if !value.is_empty() {
            pairs = changed(pairs, &field.name, Some(value));
        }
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        encode_pairs(&pairs)
    }

    /// Returns the metadata of a registration, or of its update, that are valid except for one member.
    fn metadata(&self, field: &Field, value: Value) -> Value {
        let mut sent = json!({"redirect_uris": [CALLBACK]});
        if field.method == "PUT" {
            sent["client_id"] = self.confidential["client_id"].clone();
            sent["token_endpoint_auth_method"] = "client_secret_basic".into();
        }
        sent[&field.name] = value;
        sent
    }

    async fn send(&self, field: &Field, sent: &Value) -> Reply {
        let text = sent.as_str().unwrap_or_default();
        let mut request = Request::builder().method(field.method.as_str());
        if field.place == Place::Header {
            request = request.header(&field.name, text);
        } else if field.path.contains("{client_id}") {
            let token = self.confidential["registration_access_token"].as_str().unwrap();
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let (query, kind, body) = match field.place {
            Place::Query => (self.form(field, text), "text/plain", String::new()),
            Place::Form => (String::new(), "application/x-www-form-urlencoded", self.form(field, text)),
            Place::Json => {
                (String::new(), "application/json", self.metadata(field, sent.clone()).to_string())
            }
            Place::Header | Place::Path => {
                (String::new(), "application/x-www-form-urlencoded", self.form(field, ""))
            }
        };
        let request = request.uri(format!("/?{query}")).header(header::CONTENT_TYPE, kind);
        self.world.send(&self.site, self.endpoint(&field.path), request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a value of the maximum length, and one that is longer by one.
    async fn check(&self, field: &Field, limit: &'static Limit, value: impl Fn(usize) -> Value) {
        let what = format!("{} {} {:?} {}", field.method, field.path, field.place, limit.exceeded);
        let allowed = self.send(field, &value(limit.most)).await;
        assert!(!said(&allowed).contains(limit.exceeded), "{what}: {allowed:?}");
        assert!(allowed.status.as_u16() < 500 && allowed.status != 413, "{what}: {allowed:?}");
        let before = self.stored();
        let refused = self.send(field, &value(limit.most + 1)).await;
        assert_eq!(self.stored(), before, "{what}");
        is_refused(&refused, limit, &what);
    }
}

/// Returns the error text of a response: from a redirect, from JSON, or from a page.
fn said(reply: &Reply) -> String {
    if reply.status.is_redirection() {
        return reply.onward_parameter("error_description").unwrap_or_default();
    }
    match serde_json::from_str::<Value>(&reply.text) {
        Ok(body) => body["error_description"].as_str().unwrap_or_default().to_owned(),
        Err(_) => reply.text.clone(),
    }
}

#[track_caller]
fn is_refused(reply: &Reply, limit: &Limit, what: &str) {
    assert!(said(reply).contains(limit.exceeded), "{what}: {reply:?}");
    if reply.status.is_redirection() {
        assert!(reply.onward().starts_with(CALLBACK), "{what}: {reply:?}");
        assert_eq!(reply.onward_parameter("error").as_deref(), Some("invalid_request"), "{what}");
    } else {
        assert_eq!(reply.status, 400, "{what}: {reply:?}");
    }
}

#[test]
fn the_description_states_every_limit() {
    let fields = Description::read().fields();
    assert!(fields.len() > 60, "{}", fields.len());
    let mut stated = BTreeSet::new();
    for field in &fields {
        let what = format!("{} {} {}", field.method, field.path, field.name);
        let length = field.limit(Unit::Bytes).unwrap_or_else(|| panic!("{what} has no limit"));
        assert_eq!(field.described_length(), Some(length.most as u64), "{what}");
        let count = field.limit(Unit::Values).filter(|_| field.name != "scope");
        assert_eq!(field.described_count(), count.map(|limit| limit.most as u64), "{what}");
        stated.extend([Some(length), count].into_iter().flatten().map(std::ptr::from_ref));
    }
    let described = [
        limits::authorize::ALL,
        limits::credentials::ALL,
        limits::token::ALL,
        limits::presented_token::ALL,
        limits::registration::ALL,
    ];
    for limit in described.iter().flat_map(|group| group.limits) {
        // A name with a space is not the name of a parameter, and a scope is a single text in a request.
        if limit.name.contains(' ') || (limit.name == "scope" && limit.unit == Unit::Values) {
            continue;
        }
        let is_stated = fields.iter().any(|field| field.limit(limit.unit) == Some(*limit));
        assert!(is_stated, "{}", limit.exceeded);
    }
    assert!(stated.len() > 40, "{}", stated.len());
}

#[tokio::test]
async fn every_described_value_is_accepted_at_its_limit_and_refused_beyond() {
    let held = Held::new().await;
    for field in Description::read().fields() {
        let length = field.limit(Unit::Bytes).unwrap();
        match field.place {
            Place::Path => {
                let path = |length: usize| field.path.replace("{client_id}", &"a".repeat(length));
                assert!(Endpoint::at_oauth_path(&path(length.most)).is_some());
                assert!(Endpoint::at_oauth_path(&path(length.most + 1)).is_none(), "no such path");
            }
            Place::Json => held.check(&field, length, |length| field.json(length)).await,
            Place::Query | Place::Header | Place::Form => {
                held.check(&field, length, |length| field.text(length).into()).await;
            }
        }
        match field.limit(Unit::Values) {
            Some(count) if field.place == Place::Json => {
                held.check(&field, count, |count| field.many(count)).await;
            }
            Some(count) if field.name == "scope" => {
                let words = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
                held.check(&field, count, |count| words(count).into()).await;
            }
            Some(_) | None => {}
        }
    }
    // The code and the token are still valid.
    assert_eq!(held.world.token(&held.site, &held.client, &held.code).await.status, 200, "the code");
}

#[tokio::test]
async fn every_field_of_our_pages_is_accepted_at_its_limit_and_refused_beyond() {
    let held = Held::new().await;
    let mut tried = 0;
    for (endpoint, group) in [
        (Endpoint::Login, limits::page::ALL),
        (Endpoint::Consent, limits::page::ALL),
        (Endpoint::Callback, limits::callback::ALL),
    ] {
        for limit in group.limits {
            let mut browser = Browser::new(&held.world, &held.site);
            browser.authorize(&authorize_pairs(&held.client)).await;
            let before = held.stored();
            for (length, refused) in [(limit.most, false), (limit.most + 1, true)] {
                let (name, value) = (limit.name, "a".repeat(length));
                let replies = match &endpoint {
                    Endpoint::Callback => {
                        let query = encode_pairs(&[("state", "s"), ("code", "c")]);
                        let query = if matches!(name, "state" | "code") { String::new() } else { query };
                        vec![browser.get(Endpoint::Callback, &format!("{query}&{name}={value}")).await]
                    }
                    page => vec![
                        browser.get(page.clone(), &format!("{name}={value}")).await,
                        browser.post(page.clone(), &[(name, value.as_str())]).await,
                    ],
                };
                for reply in replies {
                    tried += 1;
                    assert_eq!(
                        said(&reply).contains(limit.exceeded),
                        refused,
                        "{endpoint:?} {name}: {reply:?}"
                    );
                    assert_eq!(reply.status, 400, "{endpoint:?} {name}: {reply:?}");
                }
            }
            assert_eq!(held.stored(), before, "{endpoint:?} {}", limit.name);
        }
    }
    assert!(tried > 40, "{tried}");
}

#[tokio::test]
async fn bodies_and_queries_are_bounded_as_a_whole() {
    let held = Held::new().await;
    let json = |length: usize| {
        let empty = json!({"redirect_uris": [CALLBACK], "pad": ""}).to_string().len();
        json!({"redirect_uris": [CALLBACK], "pad": "a".repeat(length - empty)})
    };
    let body = limits::request::BODY.most;
    let before = held.stored();
    let refused = held.world.post_json(&held.site, Endpoint::Register, &json(body + 1)).await;
    assert_eq!((refused.status.as_u16(), said(&refused).as_str()), (413, limits::request::BODY.exceeded));
    assert_eq!(held.stored(), before);
    let allowed = held.world.post_json(&held.site, Endpoint::Register, &json(body)).await;
    assert_eq!(allowed.status, 201);
    assert!(!allowed.text.contains("pad"), "unknown members are not stored");

    let pairs = authorize_pairs(&held.client);
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let right = encode_pairs(&pairs);
    let padded = |length: usize| format!("{right}&pad={}", "a".repeat(length - right.len() - 5));
    let mut browser = Browser::new(&held.world, &held.site);
    let longest = &limits::request::QUERY;
    assert!(browser.get(Endpoint::Authorize, &padded(longest.most)).await.onward().contains("/oauth/login?"));
    let before = held.stored();
    is_refused(&browser.get(Endpoint::Authorize, &padded(longest.most + 1)).await, longest, "the query");
    assert_eq!(held.stored(), before);
    for page in [Endpoint::Login, Endpoint::Consent, Endpoint::Callback] {
        for (length, refused) in [(longest.most, false), (longest.most + 1, true)] {
            let query = ["pad=", &"a".repeat(length - 4)].concat();
            let reply = browser.get(page.clone(), &query).await;
            assert_eq!(said(&reply).contains(longest.exceeded), refused, "{page:?}: {reply:?}");
        }
    }

    let many = |count: usize| {
        let more: Vec<String> = (0..count - pairs.len()).map(|n| format!("&p{n}=x")).collect();
        format!("{right}{}", more.concat())
    };
    let most = &limits::request::PARAMETERS;
    assert!(browser.get(Endpoint::Authorize, &many(most.most)).await.onward().contains("/oauth/login?"));
    is_refused(&browser.get(Endpoint::Authorize, &many(most.most + 1)).await, most, "parameters");
}

#[tokio::test]
async fn headers_are_bounded_as_a_whole() {
    let held = Held::new().await;
    let most = limits::request::HEADERS.most;
    for name in ["cookie", "origin", "user-agent", "x-forwarded-for", "x-made-up"] {
        for (length, status) in [(most - name.len(), 200), (most - name.len() + 1, 431)] {
            let request = Request::get("/").header(name, "a".repeat(length)).body(Body::empty()).unwrap();
            let reply = held.world.send(&held.site, Endpoint::Jwks, request).await;
            assert_eq!(reply.status, status, "{name} {length}: {reply:?}");
            assert_eq!(said(&reply) == limits::request::HEADERS.exceeded, status == 431, "{reply:?}");
        }
    }
}
