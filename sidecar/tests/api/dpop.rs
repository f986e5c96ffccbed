//! Tokens that are bound to a key of the client (DPoP, RFC 9449).

use super::support::*;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request};
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use protocol::context::Endpoint;
use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use protocol::settings::Dpop;
use serde_json::{Value, json};
use std::time::Duration;

const BASE: &str = "https://mcp.example.com/wiki";
const TOKEN_ENDPOINT: &str = "https://mcp.example.com/wiki/oauth/token";

/// A key of a client.
struct Key(SigningKey);

impl Key {
    fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    fn coordinates(&self) -> [String; 2] {
        let point = self.0.verifying_key().to_sec1_point(false);
        [point.x().unwrap(), point.y().unwrap()].map(|coordinate| b64url_encode(coordinate))
    }

    fn thumbprint(&self) -> String {
        let [x, y] = self.coordinates();
        b64url_encode(&sha256(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes()))
    }

    /// A proof with these claims in addition to, or in the place of, those for a token request.
    fn proof(&self, world: &World, more: &Value) -> String {
        let [x, y] = self.coordinates();
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk });
        let now = world.app.clock.now().as_secs();
        let mut claims = json!({ "jti": "id", "htm": "POST", "htu": TOKEN_ENDPOINT, "iat": now });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let text = [header, claims].map(|part| b64url_encode(part.to_string().as_bytes())).join(".");
        let signature: Signature = self.0.sign_prehash(&sha256(text.as_bytes())).unwrap();
        [text, b64url_encode(&signature.to_bytes())].join(".")
    }
}

fn site(dpop: Dpop) -> Site {
    let mut site = Site::local(BASE);
    site.settings.dpop = dpop;
    site
}

/// Sends these proofs with every request from now on.
fn send(world: &mut World, proofs: &[String]) {
    world.headers.clear();
    for proof in proofs {
        world.headers.append(HeaderName::from_static("dpop"), HeaderValue::try_from(proof).unwrap());
    }
}

/// Sends a proof of this key with every request from now on.
fn prove(world: &mut World, key: &Key, more: &Value) {
    let proof = key.proof(world, more);
    send(world, &[proof]);
}

/// A world, and a client with a code.
async fn with_code(site: &Site) -> (World, String, String) {
    let world = World::new();
    let client = world.register(site, CALLBACK).await;
    let code = Browser::new(&world, site).reach_code(&client).await;
    (world, client, code)
}

async fn refresh(world: &World, site: &Site, client: &str, token: &str) -> Reply {
    let pairs = [("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)];
    world.post_form(site, Endpoint::Token, &pairs).await
}

fn error(reply: &Reply) -> (u16, String) {
    (reply.status.as_u16(), reply.json()["error"].as_str().unwrap_or_default().to_owned())
}

fn text(reply: &Reply, name: &str) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()[name].as_str().unwrap().to_owned()
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&b64url_decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn the_tokens_of_a_request_with_a_proof_are_bound_to_its_key() {
    let site = site(Dpop::Optional);
    let (mut world, client, code) = with_code(&site).await;
    let (key, other) = (Key::new(1), Key::new(2));
    prove(&mut world, &key, &json!({}));
    let reply = world.token(&site, &client, &code).await;
    assert_eq!(text(&reply, "token_type"), "DPoP");
    let access = text(&reply, "access_token");
    assert_eq!(claims(&access)["cnf"], json!({ "jkt": key.thumbprint() }));
    // Introspection says it, too.
    let pairs = [("client_id", &*client), ("token", &access)];
    let known = world.post_form(&site, Endpoint::Introspect, &pairs).await.json();
    assert_eq!((&known["token_type"], &known["cnf"]["jkt"]), (&json!("DPoP"), &json!(key.thumbprint())));

    // The refresh token of a public client is bound as well.
    let token = text(&reply, "refresh_token");
    for proofs in [vec![], vec![other.proof(&world, &json!({}))]] {
        send(&mut world, &proofs);
        assert_eq!(error(&refresh(&world, &site, &client, &token).await), (400, "invalid_grant".to_owned()));
    }
    assert!(world.reasons().contains("dpop_key"));
    prove(&mut world, &key, &json!({}));
    let refreshed = refresh(&world, &site, &client, &token).await;
    assert_eq!(claims(&text(&refreshed, "access_token"))["cnf"], json!({ "jkt": key.thumbprint() }));
}

#[tokio::test]
async fn tokens_without_a_proof_are_bearer_tokens_where_proofs_are_optional_or_off() {
    for dpop in [Dpop::Off, Dpop::Optional] {
        let site = site(dpop);
        let (mut world, client, code) = with_code(&site).await;
        if dpop.is_off() {
            send(&mut world, &["not read".to_owned()]);
        }
        let reply = world.token(&site, &client, &code).await;
        assert_eq!(text(&reply, "token_type"), "Bearer");
        assert!(claims(&text(&reply, "access_token")).get("cnf").is_none());
        let known = world
            .post_form(
                &site,
                Endpoint::Introspect,
                &[("client_id", &*client), ("token", &text(&reply, "access_token"))],
            )
            .await;
        assert_eq!((&known.json()["token_type"], &known.json()["cnf"]), (&json!("Bearer"), &Value::Null));
    }
}

#[tokio::test]
async fn a_request_without_a_valid_proof_gets_no_token_and_keeps_its_code() {
    let site = site(Dpop::Required);
    let (mut world, client, code) = with_code(&site).await;
    let key = Key::new(1);
    let now = world.app.clock.now().as_secs();
    let valid = key.proof(&world, &json!({}));
    for proofs in [
        vec![],
        vec![valid.clone(), valid.clone()],
        vec!["x".to_owned()],
        vec![key.proof(&world, &json!({ "htm": "GET" }))],
        vec![key.proof(&world, &json!({ "htu": "https://mcp.example.com/docs/oauth/token" }))],
        vec![key.proof(&world, &json!({ "iat": now - 301 }))],
        vec![key.proof(&world, &json!({ "jti": "" }))],
    ] {
        send(&mut world, &proofs);
        let reply = world.token(&site, &client, &code).await;
        assert_eq!(error(&reply), (400, "invalid_dpop_proof".to_owned()), "{proofs:?}");
    }
    assert!(world.reasons().contains("dpop_proof"));
    send(&mut world, &[valid]);
    assert_eq!(text(&world.token(&site, &client, &code).await, "token_type"), "DPoP");
}

#[tokio::test]
async fn a_proof_needs_a_recent_nonce_where_nonces_are_required() {
    let mut site = site(Dpop::Required);
    site.settings.dpop_nonce = true;
    let (mut world, client, code) = with_code(&site).await;
    let key = Key::new(1);
    prove(&mut world, &key, &json!({}));
    let reply = world.token(&site, &client, &code).await;
    assert_eq!(error(&reply), (400, "use_dpop_nonce".to_owned()));
    assert!(world.reasons().contains("dpop_nonce"));
    let nonce = reply.header("dpop-nonce").to_owned();
    world.clock.advance(Duration::from_secs(600));
    world.headers.clear();
    let code = Browser::new(&world, &site).reach_code(&client).await;
    prove(&mut world, &key, &json!({ "nonce": nonce }));
    let reply = world.token(&site, &client, &code).await;
    assert_eq!(error(&reply), (400, "use_dpop_nonce".to_owned()), "it is too old");
    let nonce = reply.header("dpop-nonce").to_owned();
    prove(&mut world, &key, &json!({ "nonce": nonce }));
    let reply = world.token(&site, &client, &code).await;
    assert_eq!(text(&reply, "token_type"), "DPoP");
    assert!(!reply.header("dpop-nonce").is_empty(), "the nonce for the next request");
}

#[tokio::test]
async fn userinfo_requires_the_proof_of_a_bound_token() {
    let site = site(Dpop::Optional);
    let (mut world, client, code) = with_code(&site).await;
    let (key, other) = (Key::new(1), Key::new(2));
    prove(&mut world, &key, &json!({}));
    let access = text(&world.token(&site, &client, &code).await, "access_token");
    world.headers.clear();
    let bearer = text(
        &world.token(&site, &client, &Browser::new(&world, &site).reach_code(&client).await).await,
        "access_token",
    );
    let about = |token: &str| {
        json!({
            "htm": "GET", "htu": "https://mcp.example.com/wiki/oauth/userinfo",
            "ath": b64url_encode(&sha256(token.as_bytes())),
        })
    };
    let ask = async |world: &World, scheme: &str, token: &str| {
        let request = Request::get("/").header("authorization", format!("{scheme} {token}"));
        world.send(&site, Endpoint::Userinfo, request.body(Body::empty()).unwrap()).await
    };
    prove(&mut world, &key, &about(&access));
    let reply = ask(&world, "DPoP", &access).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["sub"]), (200, &json!("alice")));
    for (scheme, token, proofs) in [
        ("Bearer", &access, vec![key.proof(&world, &about(&access))]),
        ("DPoP", &access, vec![]),
        ("DPoP", &access, vec![other.proof(&world, &about(&access))]),
        ("DPoP", &access, vec![key.proof(&world, &about(&bearer))]),
        ("DPoP", &bearer, vec![key.proof(&world, &about(&bearer))]),
    ] {
        send(&mut world, &proofs);
        let reply = ask(&world, scheme, token).await;
        assert_eq!(reply.status, 401, "{scheme} {proofs:?}");
        assert!(!reply.header("www-authenticate").is_empty());
    }
}
