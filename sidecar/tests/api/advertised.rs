//! Tries everything that the metadata advertise, as a client does that relies on them. The test fails at a field that
//! it does not know, so that nothing new is advertised without a test.

use super::support::documents::DocumentHost;
use super::support::machine::{BASE, JWT_BEARER, SECRET, machine, with_basic, world_of};
use super::support::signing::{assertion, claims, jwks};
use super::support::*;
use axum::body::Body;
use axum::http::{Request, header};
use base64ct::Encoding as _;
use protocol::context::Endpoint;
use protocol::form::encode_pairs;
use protocol::resource::metadata::protected_resource;
use serde_json::{Value, json};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct Here {
    host: DocumentHost,
    world: World,
    site: Site,
}

/// An endpoint at which clients authenticate, the parameters of a request that changes nothing, and the status of the
/// response to an authenticated client.
type Door = (Endpoint, &'static [(&'static str, &'static str)], u16);
const DOORS: [Door; 3] = [
    (Endpoint::Token, &[("grant_type", "refresh_token"), ("refresh_token", "made-up")], 400),
    (Endpoint::Revoke, &[("token", "made-up")], 200),
    (Endpoint::Introspect, &[("token", "made-up")], 200),
];

impl Here {
    async fn new() -> Self {
        let host = DocumentHost::start().await;
        let settings = [("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", host.origin.as_str())];
        let world = world_of(&[machine("ci", &json!({}))], &settings);
        Self { host, world, site: Site::local(BASE) }
    }

    /// Returns the endpoint that an advertised URL leads to.
    fn endpoint(&self, address: &str) -> Endpoint {
        let path = address.strip_prefix(self.site.base.as_str()).unwrap_or_else(|| panic!("{address}"));
        Endpoint::at_oauth_path(path).unwrap_or_else(|| panic!("{address} is not an endpoint"))
    }

    /// Completes a login with one authorization parameter changed; returns the URL to which the browser is sent.
    async fn answer(&self, client_id: &str, name: &str, value: &str) -> String {
        let mut browser = Browser::new(&self.world, &self.site);
        let page = browser.reach_consent(&changed(authorize_pairs(client_id), name, Some(value))).await;
        browser.decide(&page, "approve").await.onward()
    }

    /// Gets the tokens of a new grant with this scope.
    async fn tokens(&self, scope: &str) -> (String, Value) {
        let id = self.world.register(&self.site, CALLBACK).await;
        let code = parameter(&self.answer(&id, "scope", scope).await, "code").unwrap();
        let reply = self.world.token(&self.site, &id, &code).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        (id, reply.json())
    }

    /// Whether an authorization request with this parameter is refused immediately.
    async fn refused(&self, client_id: &str, name: &str, value: &str) -> bool {
        let pairs = changed(authorize_pairs(client_id), name, Some(value));
        let reply = Browser::new(&self.world, &self.site).authorize(&pairs).await;
        !reply.onward().contains("/oauth/login?")
    }

    async fn registered(&self, method: &str) -> Value {
        let mut metadata = json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": method});
        if method == "private_key_jwt" {
            metadata["jwks"] = jwks();
        }
        let reply = self.world.post_json(&self.site, Endpoint::Register, &metadata).await;
        assert_eq!(reply.status, 201, "{method}: {reply:?}");
        reply.json()
    }

    /// Sends a request to an endpoint with additional parameters and optionally an `Authorization` header.
    async fn knock(&self, door: usize, more: &[(&str, &str)], basic: Option<&str>) -> u16 {
        let (endpoint, pairs, _) = &DOORS[door];
        let body = encode_pairs(&[*pairs, more].concat());
        let mut request =
            Request::post("/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(credentials) = basic {
            let encoded = base64ct::Base64::encode_string(credentials.as_bytes());
            request = request.header(header::AUTHORIZATION, format!("Basic {encoded}"));
        }
        let reply =
            self.world.send(&self.site, endpoint.clone(), request.body(Body::from(body)).unwrap()).await;
        reply.status.as_u16()
    }

    /// Asserts that a client of this method is authenticated by its own credential and by no other.
    async fn method(&self, door: usize, method: &str) {
        let proven = DOORS[door].2;
        let client = self.registered(method).await;
        let id = client["client_id"].as_str().unwrap();
        let secret = client["client_secret"].as_str().unwrap_or("guessed");
        let (with_id, with_secret) = ([("client_id", id)], [("client_id", id), ("client_secret", secret)]);
        let wrong = [("client_id", id), ("client_secret", "wrong")];
        let (basic, bad) = (format!("{id}:{secret}"), format!("{id}:wrong"));
        let expect = |right: bool| if right { proven } else { 401 };
        assert_eq!(self.knock(door, &[("client_id", "nobody")], None).await, 401, "{method} {door}");
        assert_eq!(self.knock(door, &with_id, None).await, expect(method == "none"), "{method} {door}");
        // The secret is accepted with HTTP Basic and in the body.
        let by_secret = ["client_secret_post", "client_secret_basic"].contains(&method);
        assert_eq!(self.knock(door, &with_secret, None).await, expect(by_secret), "{method} {door}");
        assert_eq!(self.knock(door, &wrong, None).await, 401, "{method} {door}");
        assert_eq!(self.knock(door, &[], Some(&basic)).await, expect(by_secret), "{method} {door}");
        assert_eq!(self.knock(door, &[], Some(&bad)).await, 401, "{method} {door}");
        assert_eq!(self.signed(door, id, "EdDSA").await, expect(method == "private_key_jwt"), "{method}");
    }

    /// Sends a request with an assertion signed with this algorithm.
    async fn signed(&self, door: usize, client_id: &str, algorithm: &str) -> u16 {
        let claims = claims(client_id, self.site.base.as_str(), &format!("{door} {algorithm}"));
        let assertion = assertion(algorithm, &json!({}), &claims);
        let pairs = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.as_str())];
        self.knock(door, &pairs, None).await
    }

    async fn try_list(&self, name: &str, listed: &[&str]) {
        let id = self.world.register(&self.site, CALLBACK).await;
        match name {
            "response_types_supported" | "response_modes_supported" | "code_challenge_methods_supported" => {
                let parameter_name = name.trim_end_matches("s_supported");
                for value in listed {
                    let answer = self.answer(&id, parameter_name, value).await;
                    assert!(parameter(&answer, "code").is_some(), "{name} {value}: {answer}");
                }
                for value in
                    ["code", "token", "code id_token", "query", "fragment", "form_post", "S256", "plain"]
                {
                    assert_eq!(
                        self.refused(&id, parameter_name, value).await,
                        !listed.contains(&value),
                        "{value}"
                    );
                }
            }
            "grant_types_supported" => {
                let (id, tokens) = self.tokens("read").await;
                let refresh = tokens["refresh_token"].as_str().unwrap();
                for grant in ["refresh_token", "client_credentials", JWT_BEARER, "password", "implicit"] {
                    let pairs = [("grant_type", grant), ("refresh_token", refresh), ("assertion", "made-up")];
                    let reply = if grant == "client_credentials" {
                        with_basic(&self.world, &self.site, ("ci", SECRET), &pairs).await
                    } else {
                        let pairs = [&pairs[..], &[("client_id", id.as_str())]].concat();
                        self.world.post_form(&self.site, Endpoint::Token, &pairs).await
                    };
                    assert_eq!(reply.status == 200, listed.contains(&grant), "{grant}: {reply:?}");
                }
                assert!(listed.contains(&"authorization_code"), "the test itself uses it");
            }
            "scopes_supported" => {
                for scope in listed {
                    assert_eq!(self.tokens(scope).await.1["scope"], *scope);
                }
            }
            "bearer_methods_supported" => {
                let (_, tokens) = self.tokens("read").await;
                let token = tokens["access_token"].as_str().unwrap();
                let by_header = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}"));
                let by_query = Request::get(format!("/?access_token={token}"));
                for (way, request) in [("header", by_header), ("query", by_query)] {
                    let request = request.body(Body::empty()).unwrap();
                    let reply = self.world.send(&self.site, Endpoint::Userinfo, request).await;
                    assert_eq!(reply.status == 200, listed.contains(&way), "{way}: {reply:?}");
                }
            }
            "subject_types_supported" => {
                assert_eq!(listed, ["public"]);
                let mut subjects = Vec::new();
                for _ in 0..2 {
                    let (_, tokens) = self.tokens("read").await;
                    let token = tokens["access_token"].as_str().unwrap();
                    let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}"));
                    let request = request.body(Body::empty()).unwrap();
                    subjects.push(
                        self.world.send(&self.site, Endpoint::Userinfo, request).await.json()["sub"].clone(),
                    );
                }
                assert!(subjects[0].is_string() && subjects[0] == subjects[1], "the same for every client");
            }
            "id_token_signing_alg_values_supported" => {
                let keys = self.world.get(&self.site, Endpoint::Jwks).await.json();
                for key in keys["keys"].as_array().unwrap() {
                    assert!(listed.contains(&key["alg"].as_str().unwrap()), "{key}");
                }
            }
            "authorization_servers" => assert_eq!(listed, [self.site.base.as_str()]),
            _ => self.try_at_door(name, listed).await,
        }
    }

    async fn try_at_door(&self, name: &str, listed: &[&str]) {
        let door = ["token_", "revocation_", "introspection_"].iter().position(|door| name.starts_with(door));
        let door = door.unwrap_or_else(|| panic!("{name} is advertised and nothing here tries it"));
        match name.split_once("_endpoint_auth_").map(|(_, rest)| rest) {
            Some("methods_supported") => {
                for method in listed {
                    self.method(door, method).await;
                }
            }
            Some("signing_alg_values_supported") => {
                let client = self.registered("private_key_jwt").await;
                for algorithm in listed {
                    let answer = self.signed(door, client["client_id"].as_str().unwrap(), algorithm).await;
                    assert_eq!(answer, DOORS[door].2, "{name} {algorithm}");
                }
            }
            _ => panic!("{name} is advertised and nothing here tries it"),
        }
    }

    async fn try_field(&self, name: &str, value: &Value) {
        match name {
            "issuer" => assert_eq!(value, self.site.base.as_str()),
            "authorization_response_iss_parameter_supported" => {
                let id = self.world.register(&self.site, CALLBACK).await;
                let answer = self.answer(&id, "scope", "read").await;
                assert_eq!(parameter(&answer, "iss").as_deref(), Some(self.site.base.as_str()));
                assert_eq!(value, true);
            }
            "client_id_metadata_document_supported" => {
                let url = self.host.publish("/client.json", |_| {});
                let answer = self.answer(&url, "scope", "read").await;
                assert_eq!(value, parameter(&answer, "code").is_some());
            }
            "resource" => assert_eq!(value, "https://mcp.example.com/wiki/mcp"),
            "resource_name" => assert_eq!(value, "wiki"),
            name if name.ends_with("_endpoint") || name == "jwks_uri" => {
                let endpoint = self.endpoint(value.as_str().unwrap());
                let expected = match name {
                    "authorization_endpoint" => Endpoint::Authorize,
                    "token_endpoint" => Endpoint::Token,
                    "registration_endpoint" => Endpoint::Register,
                    "revocation_endpoint" => Endpoint::Revoke,
                    "introspection_endpoint" => Endpoint::Introspect,
                    "userinfo_endpoint" => Endpoint::Userinfo,
                    "jwks_uri" => Endpoint::Jwks,
                    _ => panic!("{name} is advertised and nothing here tries it"),
                };
                assert_eq!(endpoint, expected, "{name}");
                // The endpoint exists and responds.
                let reply = self.world.get(&self.site, endpoint).await;
                assert!(![404, 500, 501, 503].contains(&reply.status.as_u16()), "{name}: {reply:?}");
            }
            name => {
                let values = value.as_array().unwrap_or_else(|| panic!("{name}: nothing here tries it"));
                let listed: Vec<&str> = values.iter().map(|value| value.as_str().unwrap()).collect();
                assert!(!listed.is_empty(), "{name}");
                self.try_list(name, &listed).await;
            }
        }
    }

    async fn try_all(&self, document: Value) {
        let fields = document.as_object().unwrap();
        assert!(fields.len() >= 4, "{document}");
        for (name, value) in fields {
            self.try_field(name, value).await;
            // Advances the clock, so that the requests stay below the rate limit of one address.
            self.world.advance(1);
        }
    }
}

#[tokio::test]
async fn everything_in_the_server_metadata_works() {
    let here = Here::new().await;
    here.try_all(here.world.get(&here.site, Endpoint::AuthorizationServerMetadata).await.json()).await;
}

#[tokio::test]
async fn everything_in_the_openid_form_works() {
    let here = Here::new().await;
    here.try_all(here.world.get(&here.site, Endpoint::OpenidConfiguration).await.json()).await;
}

#[tokio::test]
async fn everything_in_the_resource_metadata_works() {
    let here = Here::new().await;
    let (base, settings) = (&here.site.base, &here.site.settings);
    let (resource, scopes) = ("https://mcp.example.com/wiki/mcp", settings.advertised_scopes().to_string());
    // The plugin writes this document.
    let document = protected_resource(resource, &[base.as_str()], &settings.resource, &scopes);
    here.try_all(serde_json::from_str(&document).unwrap()).await;
}
