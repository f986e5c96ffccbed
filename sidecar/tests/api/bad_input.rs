//! Every parameter of every endpoint: missing, empty, repeated, oversized, wrongly encoded, of the wrong type. The
//! response is an OAuth error, never a 5xx and never a redirect to an unvalidated URI, and existing codes and tokens
//! stay valid.

use super::support::*;
use axum::body::Body;
use axum::http::{Method, Request, header};
use protocol::context::Endpoint;
use protocol::form::encode_pairs;
use protocol::tenant::Tenant;
use serde_json::json;
use store::intent::clients::FindClient;

const FORM: &str = "application/x-www-form-urlencoded";

/// A sidecar with a client, a code and a refresh token, which stay valid throughout the test.
struct Held {
    world: World,
    site: Site,
    client: String,
    code: String,
    refresh: String,
}

impl Held {
    async fn new() -> Self {
        let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
        let client = world.register(&site, CALLBACK).await;
        let first = Browser::new(&world, &site).reach_code(&client).await;
        let tokens = world.token(&site, &client, &first).await.json();
        let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
        let code = Browser::new(&world, &site).reach_code(&client).await;
        Self { world, site, client, code, refresh }
    }

    /// Returns a valid form for each endpoint that accepts one.
    fn forms(&self) -> Vec<(Endpoint, Vec<(&'static str, String)>)> {
        let text = |value: &str| value.to_owned();
        vec![
            (
                Endpoint::Token,
                vec![
                    ("grant_type", text("authorization_code")),
                    ("client_id", self.client.clone()),
                    ("code", self.code.clone()),
                    ("redirect_uri", text(CALLBACK)),
                    ("code_verifier", text(VERIFIER)),
                    ("resource", text("https://mcp.example.com/wiki")),
                ],
            ),
            (
                Endpoint::Token,
                vec![
                    ("grant_type", text("refresh_token")),
                    ("client_id", self.client.clone()),
                    ("refresh_token", self.refresh.clone()),
                    ("scope", text("read")),
                    ("resource", text("https://mcp.example.com/wiki")),
                ],
            ),
            (Endpoint::Revoke, vec![("client_id", self.client.clone()), ("token", text("mcpbr_made-up"))]),
            (Endpoint::Introspect, vec![("client_id", self.client.clone()), ("token", self.refresh.clone())]),
            (
                Endpoint::Authorize,
                authorize_pairs(&self.client)
                    .into_iter()
                    .map(|(name, value)| (&*Box::leak(name.into_boxed_str()), value))
                    .collect(),
            ),
        ]
    }

    async fn post(&self, endpoint: &Endpoint, body: Vec<u8>, content_type: &str) -> Reply {
        let request = Request::post("/").header(header::CONTENT_TYPE, content_type);
        let request = request.header(header::ORIGIN, self.site.base.origin());
        self.world.send(&self.site, endpoint.clone(), request.body(Body::from(body)).unwrap()).await
    }

    /// Asserts that code and token are still valid.
    async fn unharmed(&self) {
        assert_eq!(self.world.token(&self.site, &self.client, &self.code).await.status, 200, "the code");
        let pairs = [
            ("grant_type", "refresh_token"),
            ("client_id", self.client.as_str()),
            ("refresh_token", self.refresh.as_str()),
        ];
        assert_eq!(self.world.post_form(&self.site, Endpoint::Token, &pairs).await.status, 200, "the token");
    }
}

/// Asserts that the response is a client error in the form that the endpoint uses, or a redirect without a code.
#[track_caller]
fn is_refusal(endpoint: &Endpoint, what: &str, reply: &Reply) {
    let status = reply.status.as_u16();
    assert!(status < 500, "{what}: {reply:?}");
    if *endpoint == Endpoint::Authorize {
        if reply.status.is_redirection() {
            let target = reply.onward();
            assert!(
                target.starts_with(CALLBACK)
                    || target.starts_with("https://mcp.example.com/wiki/oauth/login?"),
                "{what}: {target}"
            );
            assert!(!target.contains("code="), "{what}: {target}");
        }
    } else if status >= 400 {
        assert!(reply.json()["error"].is_string(), "{what}: {reply:?}");
        assert_eq!(reply.header("cache-control"), "no-store", "{what}");
    }
}

#[tokio::test]
async fn every_parameter_in_every_malformed_variant_gets_an_oauth_error() {
    let held = Held::new().await;
    let mut tried = 0;
    for (endpoint, form) in held.forms() {
        for (at, (name, _)) in form.iter().enumerate() {
            let with = |value: Option<&str>| {
                let mut changed = form.clone();
                match value {
                    Some(value) => changed[at].1 = value.to_owned(),
                    None => drop(changed.remove(at)),
                }
                let pairs: Vec<(&str, &str)> = changed.iter().map(|(n, v)| (*n, v.as_str())).collect();
                encode_pairs(&pairs).into_bytes()
            };
            let whole = String::from_utf8(with(Some(&form[at].1))).unwrap();
            // These bodies must not use up or change anything: they have wrong values, or valid values twice.
            let mut bodies = vec![
                (format!("{name} repeated"), format!("{whole}&{name}=x").into_bytes()),
                (
                    format!("{name} repeated, encoded"),
                    format!("{whole}&%{:02x}{}=x", name.as_bytes()[0], &name[1..]).into_bytes(),
                ),
                (
                    format!("{name} broken escape"),
                    format!("{}&{name}=%zz", String::from_utf8(with(None)).unwrap()).into_bytes(),
                ),
                (format!("{name} not UTF-8"), [&with(None)[..], b"&", name.as_bytes(), b"=%ff%fe"].concat()),
                (
                    format!("{name} raw bytes"),
                    [&with(None)[..], b"&", name.as_bytes(), b"=\xff\x00"].concat(),
                ),
                (format!("{name} oversized"), with(Some(&"x".repeat(60_000)))),
                (format!("{name} over the cap"), with(Some(&"x".repeat(70_000)))),
                (format!("{name} NUL"), with(Some("a\0b"))),
                (format!("{name} line breaks"), with(Some("a\r\nSet-Cookie: x=y"))),
                (format!("{name} markup"), with(Some("<script>alert(1)</script>"))),
                (format!("{name} quotes"), with(Some("\"', error=\"x"))),
                (format!("{name} as JSON"), with(Some("{\"a\":1}"))),
            ];
            // A request without these parameters, or with empty ones, has the same meaning.
            if !["resource", "redirect_uri", "scope", "state"].contains(name) {
                bodies.push((format!("{name} missing"), with(None)));
                bodies.push((format!("{name} empty"), with(Some(""))));
            }
            for (what, body) in bodies {
                // An empty scope counts as none; `state` may have any value.
                let harmless = ["scope", "state"].contains(name) && !what.contains("repeated");
                if harmless && endpoint == Endpoint::Token {
                    continue;
                }
                let reply = held.post(&endpoint, body, FORM).await;
                is_refusal(&endpoint, &what, &reply);
                tried += 1;
                if endpoint == Endpoint::Token {
                    assert!(reply.status.is_client_error(), "{what}: {reply:?}");
                }
            }
        }
    }
    assert!(tried > 200, "{tried}");
    held.unharmed().await;
}

#[tokio::test]
async fn other_content_types_get_400_and_other_methods_405() {
    let held = Held::new().await;
    for (endpoint, form) in held.forms() {
        let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let right = encode_pairs(&pairs).into_bytes();
        for content_type in [
            "application/json",
            "text/plain",
            "multipart/form-data; boundary=x",
            "",
            "application/x-www-form-urlencode",
        ] {
            let reply = held.post(&endpoint, right.clone(), content_type).await;
            is_refusal(&endpoint, content_type, &reply);
            assert_eq!(reply.status, 400, "{content_type}");
        }
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let request = Request::builder().method(method.clone()).uri("/");
            let request = request.header(header::ORIGIN, held.site.base.origin());
            let request = request.body(Body::empty()).unwrap();
            let reply = held.world.send(&held.site, endpoint.clone(), request).await;
            assert_eq!(reply.status, 405, "{method}");
        }
    }
    held.unharmed().await;
}

#[tokio::test]
async fn registrations_with_values_of_wrong_types_are_accepted_or_get_400() {
    let held = Held::new().await;
    let values = [
        json!(1),
        json!(true),
        json!([]),
        json!({}),
        json!([1]),
        json!([[]]),
        json!("\u{0}"),
        json!("x".repeat(5_000)),
        json!(1e300),
    ];
    let names = [
        "redirect_uris",
        "token_endpoint_auth_method",
        "grant_types",
        "response_types",
        "client_name",
        "client_uri",
        "logo_uri",
        "scope",
        "contacts",
        "tos_uri",
        "policy_uri",
        "jwks_uri",
        "jwks",
        "software_id",
        "software_version",
        "software_statement",
        "application_type",
        "client_name#de",
    ];
    for name in names {
        for value in &values {
            let mut body = json!({"redirect_uris": [CALLBACK]});
            body[name] = value.clone();
            let reply = held.world.post_json(&held.site, Endpoint::Register, &body).await;
            assert!(matches!(reply.status.as_u16(), 201 | 400), "{name} {value}: {reply:?}");
            if reply.status == 400 {
                let error = reply.json()["error"].as_str().unwrap().to_owned();
                assert!(
                    ["invalid_redirect_uri", "invalid_client_metadata"].contains(&error.as_str()),
                    "{name}: {error}"
                );
            } else {
                assert!(reply.json().as_object().unwrap().values().all(|value| !value.is_null()));
            }
        }
    }
    for body in ["", "null", "[]", "\"x\"", "{", "{\"redirect_uris\":", "\u{feff}{}", "{\"a\":1}{}"] {
        let reply = held.post(&Endpoint::Register, body.as_bytes().to_vec(), "application/json").await;
        assert_eq!(reply.status, 400, "{body}");
    }
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    assert_eq!(held.post(&Endpoint::Register, deep.into_bytes(), "application/json").await.status, 400);
    held.unharmed().await;
}

#[tokio::test]
async fn ten_thousand_registrations_from_one_address_store_only_as_many_as_the_limit() {
    let held = Held::new().await;
    let register = async |number: usize, address: &str| {
        let metadata = json!({"redirect_uris": [CALLBACK], "client_name": number.to_string()});
        let mut context = held.world.context(&held.site, Endpoint::Register, "POST");
        context.client_address = Some(address.parse().unwrap());
        let request = Request::post("/oauth/register")
            .header(header::CONTENT_TYPE, "application/json")
            .header(protocol::context::CONTEXT_HEADER, context.seal(&held.world.keys))
            .body(Body::from(metadata.to_string()))
            .unwrap();
        held.world.raw(request).await
    };
    let mut stored = Vec::new();
    for number in 0..10_000 {
        let reply = register(number, "203.0.113.1").await;
        match reply.status.as_u16() {
            201 => stored.push(reply.json()["client_id"].as_str().unwrap().to_owned()),
            429 => assert!(!reply.header("retry-after").is_empty()),
            other => panic!("{other}: {reply:?}"),
        }
    }
    assert_eq!(stored.len(), 600, "as many as the limit says");
    assert_eq!(register(0, "203.0.113.2").await.status, 201, "others register");
    // Clients that no user approved are deleted within a day.
    held.world.advance(86_400);
    sidecar::sweep::sweep(
        &held.world.app.store,
        held.world.app.limits(),
        sidecar::clock::Clock::now(&*held.world.clock),
    )
    .await
    .unwrap();
    let tenant = Tenant { base: held.site.base.clone(), id: held.site.settings.tid() };
    for id in &stored {
        assert!(
            held.world
                .app
                .store
                .read(FindClient { tenant: tenant.clone(), client_id: id.to_owned() })
                .await
                .unwrap()
                .is_none(),
            "{id} was not deleted"
        );
    }
    assert!(
        held.world
            .app
            .store
            .read(FindClient { tenant: tenant.clone(), client_id: held.client.clone() })
            .await
            .unwrap()
            .is_some(),
        "the approved client was deleted"
    );
}
