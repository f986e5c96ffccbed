//! Clients that authenticate with signed assertions (`private_key_jwt`, RFC 7523).

use super::support::documents::DocumentHost;
use super::support::machine::{BASE, machine, world_of};
use super::support::signing::{self, ALGORITHMS, assertion, claims, jwks, public_jwk};
use super::support::*;
use protocol::context::Endpoint;
use serde_json::{Value, json};
use sidecar::clock::Clock as _;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn registered(world: &World, site: &Site, keys: &Value) -> String {
    let mut metadata = json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt"});
    metadata.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    let reply = world.post_json(site, Endpoint::Register, &metadata).await;
    let body = reply.json();
    assert_eq!(reply.status, 201, "{body}");
    assert!(body.get("client_secret").is_none() && body["registration_access_token"].is_string());
    body["client_id"].as_str().unwrap().to_owned()
}

/// Revokes a made-up token. Returns the status, which is 200 if and only if the client is authenticated.
async fn proven(world: &World, site: &Site, assertion: &str) -> u16 {
    let pairs = [("client_assertion_type", TYPE), ("client_assertion", assertion), ("token", "made-up")];
    let reply = world.post_form(site, Endpoint::Revoke, &pairs).await;
    if reply.status != 200 && reply.status != 503 {
        assert_eq!(reply.json()["error"], "invalid_client", "{reply:?}");
    }
    reply.status.as_u16()
}

fn here() -> (World, Site) {
    (World::new(), Site::local("https://mcp.example.com/wiki"))
}

#[tokio::test]
async fn every_advertised_signing_algorithm_is_accepted() {
    let (world, site) = here();
    let listed = world.get(&site, Endpoint::AuthorizationServerMetadata).await.json();
    assert_eq!(listed["token_endpoint_auth_signing_alg_values_supported"], json!(ALGORITHMS));
    let id = registered(&world, &site, &json!({"jwks": jwks()})).await;
    for algorithm in ALGORITHMS {
        for audience in [site.base.as_str().to_owned(), site.base.join("/oauth/token")] {
            let claims = claims(&id, &audience, &format!("{algorithm} {audience}"));
            assert_eq!(
                proven(&world, &site, &assertion(algorithm, &json!({}), &claims)).await,
                200,
                "{algorithm}"
            );
        }
    }
}

#[tokio::test]
async fn a_private_key_jwt_client_can_redeem_a_code_only_with_an_assertion() {
    let (world, site) = here();
    let id = registered(&world, &site, &json!({"jwks": {"keys": [public_jwk("EdDSA")]}})).await;
    let code = Browser::new(&world, &site).reach_code(&id).await;
    let redeem = |assertion: Option<String>| {
        let mut pairs =
            vec![("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
        let text = assertion.unwrap_or_default();
        match text.as_str() {
            "" => pairs.push(("client_id", id.as_str())),
            text => pairs.extend([("client_assertion_type", TYPE), ("client_assertion", text)]),
        }
        let pairs: Vec<(String, String)> =
            pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (world, site) = (&world, &site);
        async move {
            let pairs: Vec<(&str, &str)> =
                pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            world.post_form(site, Endpoint::Token, &pairs).await
        }
    };
    assert_eq!(redeem(None).await.status, 401, "the client id alone does not authenticate");
    let signed = assertion("EdDSA", &json!({}), &claims(&id, site.base.as_str(), "1"));
    assert_eq!(redeem(Some(signed)).await.status, 200);
}

#[tokio::test]
async fn an_assertion_is_accepted_once_and_until_it_expires() {
    let (world, site) = here();
    let id = registered(&world, &site, &json!({"jwks": jwks()})).await;
    let signed = |id: &str, jti: &str| assertion("EdDSA", &json!({}), &claims(id, site.base.as_str(), jti));
    let first = signed(&id, "1");
    assert_eq!(proven(&world, &site, &first).await, 200);
    assert_eq!(proven(&world, &site, &first).await, 401, "replayed");
    // Another client may use the same jti.
    let other = registered(&world, &site, &json!({"jwks": jwks()})).await;
    assert_eq!(proven(&world, &site, &signed(&other, "1")).await, 200);
    world.advance(60 + 59);
    assert_eq!(proven(&world, &site, &signed(&id, "2")).await, 200, "within the allowed clock skew");
    world.advance(1);
    assert_eq!(proven(&world, &site, &signed(&id, "3")).await, 401, "expired");
    assert_eq!(proven(&world, &site, &first).await, 401);
}

#[tokio::test]
async fn each_wrong_claim_is_refused() {
    let (world, site) = here();
    let id = registered(&world, &site, &json!({"jwks": jwks()})).await;
    let now = START.as_secs();
    for (name, value) in [
        ("iss", json!("another")),
        ("iss", Value::Null),
        ("aud", json!("https://mcp.example.com/docs")),
        ("aud", json!("https://mcp.example.com")),
        ("aud", json!([site.base.as_str(), "https://other.example"])),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("exp", json!(now - 61)),
        ("exp", json!(now + 661)),
        ("exp", Value::Null),
        ("exp", json!("soon")),
        ("nbf", json!(now + 61)),
        ("iat", json!(now + 61)),
        ("jti", Value::Null),
        ("jti", json!("")),
        ("jti", json!("j".repeat(257))),
    ] {
        let mut wrong = claims(&id, site.base.as_str(), "wrong");
        wrong[name] = value.clone();
        let signed = assertion("EdDSA", &json!({}), &wrong);
        assert_eq!(proven(&world, &site, &signed).await, 401, "{name} {value}");
    }
    let mut as_list = claims(&id, site.base.as_str(), "list");
    as_list["aud"] = json!([site.base.as_str()]);
    assert_eq!(proven(&world, &site, &assertion("EdDSA", &json!({}), &as_list)).await, 200);
}

#[tokio::test]
async fn assertions_not_signed_by_the_clients_keys_are_refused() {
    let (world, site) = here();
    let id = registered(&world, &site, &json!({"jwks": {"keys": [public_jwk("ES256")]}})).await;
    let claims = claims(&id, site.base.as_str(), "1");
    let good = assertion("ES256", &json!({}), &claims);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    for bad in [
        assertion("EdDSA", &json!({}), &claims),
        assertion("RS256", &json!({}), &claims),
        assertion("ES256", &json!({"alg": "none"}), &claims),
        assertion("ES256", &json!({"alg": "HS256"}), &claims),
        assertion("ES256", &json!({"alg": "EdDSA"}), &claims),
        assertion("ES256", &json!({"kid": "another"}), &claims),
        assertion("ES256", &json!({"crit": ["x"]}), &claims),
        assertion("ES256", &json!({"typ": "at+jwt"}), &claims),
        format!("{message}.{turned}"),
        format!("{message}."),
    ] {
        assert_eq!(proven(&world, &site, &bad).await, 401, "{bad}");
    }
    assert_eq!(proven(&world, &site, &good).await, 200, "none of the refused assertions used up the jti");
    // A client that registered a secret is not authenticated by a signature, whatever keys it registered.
    let metadata = json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_post",
        "jwks": {"keys": [public_jwk("ES256")]},
    });
    let body = world.post_json(&site, Endpoint::Register, &metadata).await.json();
    let with_secret = body["client_id"].as_str().unwrap();
    let signed = assertion("ES256", &json!({}), &signing::claims(with_secret, site.base.as_str(), "3"));
    assert_eq!(proven(&world, &site, &signed).await, 401);
    // A public client is not authenticated by a signature either.
    let public = world.register(&site, CALLBACK).await;
    let signed = assertion("ES256", &json!({}), &signing::claims(&public, site.base.as_str(), "2"));
    assert_eq!(proven(&world, &site, &signed).await, 401);
}

#[tokio::test]
async fn weak_and_unsupported_keys_are_ignored() {
    let (world, site) = here();
    let short = json!({"kty": "RSA", "n": "u".repeat(171), "e": "AQAB"});
    let enc = {
        let mut key = public_jwk("EdDSA");
        key["use"] = json!("enc");
        key
    };
    let id = registered(&world, &site, &json!({"jwks": {"keys": [short, enc, {"kty": "made-up"}]}})).await;
    let signed = assertion("EdDSA", &json!({}), &claims(&id, site.base.as_str(), "1"));
    assert_eq!(proven(&world, &site, &signed).await, 401);
    // A signature of a 1024-bit key is valid but not accepted. The key is registered first, because the claims contain
    // the client id.
    let (weak, _) = signing::weak_rsa(&json!({}));
    let id = registered(&world, &site, &json!({"jwks": {"keys": [weak]}})).await;
    let (_, signed) = signing::weak_rsa(&claims(&id, site.base.as_str(), "2"));
    assert_eq!(proven(&world, &site, &signed).await, 401);
}

#[tokio::test]
async fn keys_at_a_jwks_uri_are_fetched_and_fetched_again_for_an_unknown_key() {
    let host = DocumentHost::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", &host.origin)]);
    let site = Site::local("https://mcp.example.com/wiki");
    let json = [("content-type", "application/json")];
    let keys = |algorithm: &str| json!({"keys": [public_jwk(algorithm)]}).to_string();
    host.answer("/keys", 200, &json, &keys("EdDSA"));
    let id = registered(&world, &site, &json!({"jwks_uri": format!("{}/keys", host.origin)})).await;
    let signed =
        |algorithm: &str, jti: &str| assertion(algorithm, &json!({}), &claims(&id, site.base.as_str(), jti));
    for jti in ["1", "2"] {
        assert_eq!(proven(&world, &site, &signed("EdDSA", jti)).await, 200);
    }
    assert_eq!(host.asked("/keys"), 1);
    host.answer("/keys", 200, &json, &keys("ES256"));
    assert_eq!(proven(&world, &site, &signed("ES256", "3")).await, 401, "keys were fetched a moment ago");
    world.advance(60);
    assert_eq!(proven(&world, &site, &signed("ES256", "4")).await, 200);
    assert_eq!(host.asked("/keys"), 2);
    // If the keys cannot be fetched and none are cached, the response must not be a client error: the client would
    // discard its registration.
    host.answer("/keys", 500, &[], "");
    let other = registered(&world, &site, &json!({"jwks_uri": format!("{}/keys?2", host.origin)})).await;
    let signed = assertion("EdDSA", &json!({}), &claims(&other, site.base.as_str(), "5"));
    assert_eq!(proven(&world, &site, &signed).await, 503);
    // Without the operator's permission, the sidecar does not call such an address.
    let strict = World::new();
    let id = registered(&strict, &site, &json!({"jwks_uri": format!("{}/keys?3", host.origin)})).await;
    let signed = assertion("EdDSA", &json!({}), &claims(&id, site.base.as_str(), "1"));
    assert_eq!(proven(&strict, &site, &signed).await, 503);
    assert_eq!(host.asked("/keys"), 3);
}

#[tokio::test]
async fn keys_in_a_client_document_change_with_the_document() {
    let host = DocumentHost::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", &host.origin)]);
    let site = Site::local("https://mcp.example.com/wiki");
    let url = host.publish("/client.json", |document| {
        document["token_endpoint_auth_method"] = json!("private_key_jwt");
        document["jwks"] = json!({"keys": [public_jwk("EdDSA")]});
    });
    Browser::new(&world, &site).reach_code(&url).await;
    let signed =
        |algorithm: &str, id: &str| assertion(algorithm, &json!({}), &claims(&url, site.base.as_str(), id));
    assert_eq!(proven(&world, &site, &signed("EdDSA", "1")).await, 200);
    assert_eq!(proven(&world, &site, &signed("ES256", "2")).await, 401);
    host.publish("/client.json", |document| {
        document["token_endpoint_auth_method"] = json!("private_key_jwt");
        document["jwks"] = json!({"keys": [public_jwk("ES256")]});
    });
    world.advance(3_600);
    let late = |algorithm: &str, id: &str| {
        let mut claims = claims(&url, site.base.as_str(), id);
        claims["iat"] = json!(START.as_secs() + 3_600);
        claims["exp"] = json!(START.as_secs() + 3_660);
        assertion(algorithm, &json!({}), &claims)
    };
    assert_eq!(proven(&world, &site, &late("ES256", "3")).await, 200);
    assert_eq!(proven(&world, &site, &late("EdDSA", "4")).await, 401, "the old key is gone");
}

/// Returns a forged assertion: it is valid except for its signature, which has the right length.
fn unsigned(client_id: &str, audience: &str, jti: &str) -> String {
    let good = assertion("EdDSA", &json!({}), &claims(client_id, audience, jti));
    let (message, signature) = good.rsplit_once('.').unwrap();
    format!("{message}.{}", "A".repeat(signature.len()))
}

/// Of 200 requests each, invalid assertions cause no fetch, and assertions that might be valid cause one fetch a
/// minute.
#[tokio::test]
async fn a_flood_of_forged_assertions_causes_at_most_one_fetch_a_minute() {
    let host = DocumentHost::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", &host.origin)]);
    let site = Site::local("https://mcp.example.com/wiki");
    let json = [("content-type", "application/json")];
    host.answer("/keys", 200, &json, &jwks().to_string());
    let id = registered(&world, &site, &json!({"jwks_uri": format!("{}/keys", host.origin)})).await;
    let right = |jti: &str| claims(&id, site.base.as_str(), jti);
    let with = |name: &str, value: Value| {
        let mut wrong = right("1");
        wrong[name] = value;
        assertion("EdDSA", &json!({}), &wrong)
    };
    let short = unsigned(&id, site.base.as_str(), "1");
    let useless = [
        assertion("EdDSA", &json!({"alg": "none"}), &right("1")),
        assertion("EdDSA", &json!({"alg": "HS256"}), &right("1")),
        assertion("EdDSA", &json!({"typ": "at+jwt"}), &right("1")),
        with("aud", json!("https://elsewhere.example")),
        with("sub", json!("another")),
        with("exp", json!(START.as_secs() - 61)),
        with("jti", json!("")),
        short[..short.len() - 2].to_owned(),
        format!("{}.", short.rsplit_once('.').unwrap().0),
        "a.b.c".to_owned(),
    ];
    for n in 0..200 {
        assert_eq!(proven(&world, &site, &useless[n % useless.len()]).await, 401, "{n}");
    }
    assert_eq!(host.asked("/keys"), 0);
    for n in 0..200 {
        let made_up = unsigned(&id, site.base.as_str(), &n.to_string());
        assert_eq!(proven(&world, &site, &made_up).await, 401, "{n}");
    }
    assert_eq!(host.asked("/keys"), 1);
    // For a key that is not in the set, the keys are fetched again, at most once a minute.
    for minute in 0..3 {
        for n in 0..50 {
            let header = json!({"kid": format!("new-{n}")});
            let mut late = claims(&id, site.base.as_str(), "n");
            late["exp"] = json!(world.clock.now().as_secs() + 30);
            let signed = assertion("EdDSA", &header, &late);
            assert_eq!(proven(&world, &site, &signed).await, 401);
        }
        assert_eq!(host.asked("/keys"), 1 + minute);
        world.advance(60);
    }
}

/// If fetching keys fails, it is retried once a minute, and cached keys are used for a day.
#[tokio::test]
async fn a_failed_fetch_of_keys_is_not_repeated_for_a_minute() {
    let host = DocumentHost::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", &host.origin)]);
    let site = Site::local("https://mcp.example.com/wiki");
    for (path, status, body) in [("/down", 500, ""), ("/page", 200, "<html>"), ("/gone", 404, "{}")] {
        host.answer(path, status, &[("content-type", "application/json")], body);
        let uri = format!("{}{path}", host.origin);
        let id = registered(&world, &site, &json!({"jwks_uri": uri, "client_name": path})).await;
        for n in 0..50 {
            let signed = assertion("EdDSA", &json!({}), &claims(&id, site.base.as_str(), &n.to_string()));
            assert_eq!(proven(&world, &site, &signed).await, 503, "{path}");
        }
        assert_eq!(host.asked(path), 1, "{path}");
    }
    host.answer("/keys", 200, &[("content-type", "application/json")], &jwks().to_string());
    let id = registered(&world, &site, &json!({"jwks_uri": format!("{}/keys", host.origin)})).await;
    let now = |jti: &str| {
        let mut claims = claims(&id, site.base.as_str(), jti);
        claims["iat"] = json!(world.clock.now().as_secs());
        claims["exp"] = json!(world.clock.now().as_secs() + 60);
        assertion("EdDSA", &json!({}), &claims)
    };
    assert_eq!(proven(&world, &site, &now("1")).await, 200);
    host.answer("/keys", 500, &[], "");
    world.advance(86_399);
    assert_eq!(proven(&world, &site, &now("2")).await, 200, "the cached keys are used");
    assert_eq!(host.asked("/keys"), 2);
    world.advance(1);
    assert_eq!(proven(&world, &site, &now("3")).await, 503, "for at most a day");
}

/// A network with a hundred registrations that name keys at a host causes ten fetches. The keys of an approved client
/// are still fetched.
#[tokio::test]
async fn fetches_of_keys_of_unapproved_clients_count_against_the_requester() {
    let host = DocumentHost::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", &host.origin)]);
    let site = Site::local("https://mcp.example.com/wiki");
    let json = [("content-type", "application/json")];
    let key_holder = |n: u32| {
        host.answer(&format!("/keys-{n}"), 200, &json, &jwks().to_string());
        let uri = format!("{}/keys-{n}", host.origin);
        let (world, site) = (&world, &site);
        async move { registered(world, site, &json!({"jwks_uri": uri})).await }
    };
    let approved = key_holder(1_000).await;
    Browser::new(&world, &site).reach_code(&approved).await;
    let mut answers = Vec::new();
    for n in 0..100 {
        let id = key_holder(n).await;
        let signed = assertion("EdDSA", &json!({}), &claims(&id, site.base.as_str(), "1"));
        answers.push(proven(&world, &site.from([203, 0, 113, 1]), &signed).await);
    }
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 10);
    assert_eq!((0..100).map(|n| host.asked(&format!("/keys-{n}"))).sum::<usize>(), 10);
    let signed = assertion("EdDSA", &json!({}), &claims(&approved, site.base.as_str(), "1"));
    assert_eq!(proven(&world, &site.from([203, 0, 113, 1]), &signed).await, 200);
}

/// Fetches for a client that the operator lists, which no user approves, are not charged either.
#[tokio::test]
async fn keys_of_the_operators_clients_do_not_count_against_the_requester() {
    let host = DocumentHost::start().await;
    let uri = format!("{}/operated", host.origin);
    let entry =
        json!({"client_secret": null, "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri});
    let settings = [("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", host.origin.as_str())];
    let world = world_of(&[machine("operated", &entry)], &settings);
    let site = Site::local(BASE);
    let answer = |path: &str| {
        host.answer(path, 200, &[("content-type", "application/json")], &jwks().to_string());
    };
    answer("/operated");
    for n in 0..11 {
        let path = format!("/keys-{n}");
        answer(&path);
        let keys = json!({"jwks_uri": format!("{}{path}", host.origin)});
        let id = registered(&world, &site, &keys).await;
        let signed = assertion("EdDSA", &json!({}), &claims(&id, BASE, "1"));
        proven(&world, &site, &signed).await;
    }
    assert_eq!(host.asked("/keys-10"), 0, "the requester's allowance is used up");
    let signed = assertion("EdDSA", &json!({}), &claims("operated", BASE, "1"));
    assert_eq!(proven(&world, &site, &signed).await, 200);
}
