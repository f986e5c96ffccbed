//! Every misuse of an assertion is refused.

use std::collections::BTreeSet;

use protocol::context::Endpoint;
use serde_json::{Value, json};

use super::{Enterprise, TYPE, agent};
use crate::federated::to_provider;
use crate::support::machine::{BASE, JWT_BEARER, SECRET, machine, with_basic};
use crate::support::provider::Vice;
use crate::support::signing::{assertion, jwks, public_jwk};
use crate::support::*;

#[tokio::test]
async fn each_wrong_claim_is_refused_with_its_reason() {
    let enterprise = Enterprise::new().await;
    let now = START.as_secs();
    for (change, reason) in [
        (json!({"iss": "https://idp.example"}), "assertion_invalid"),
        (json!({"aud": "https://mcp.example.com/docs"}), "assertion_invalid"),
        (json!({"aud": [BASE, "https://other.example"]}), "assertion_invalid"),
        (json!({"aud": "sidecar"}), "assertion_invalid"),
        (json!({"client_id": "other"}), "assertion_client"),
        (json!({"client_id": null}), "assertion_invalid"),
        (json!({"resource": "https://mcp.example.com/docs"}), "assertion_resource"),
        (json!({"resource": "https://other.example/wiki"}), "assertion_resource"),
        (json!({"resource": null}), "assertion_invalid"),
        (json!({"exp": now - 60}), "assertion_invalid"),
        (json!({"exp": now + 3_601}), "assertion_invalid"),
        (json!({"iat": now + 61}), "assertion_invalid"),
        (json!({"nbf": now + 61}), "assertion_invalid"),
        (json!({"exp": null}), "assertion_invalid"),
        (json!({"iat": null}), "assertion_invalid"),
        (json!({"jti": null}), "assertion_invalid"),
        (json!({"sub": null}), "assertion_invalid"),
        (json!({"sub": ""}), "assertion_invalid"),
        (json!({"sub": "\u{e4}".repeat(100)}), "assertion_invalid"),
        (json!({"sub": 7}), "assertion_invalid"),
    ] {
        enterprise.refused(&enterprise.signed(&change), "invalid_grant", reason).await;
    }
    assert_eq!(
        enterprise.present(&enterprise.signed(&json!({})), &[]).await.status,
        200,
        "none used up the jti"
    );
}

#[tokio::test]
async fn what_is_not_an_assertion_of_the_provider_is_refused() {
    let enterprise = Enterprise::with(&[
        agent("agent"),
        machine(
            "keys",
            &json!({
                "grant_types": ["client_credentials", JWT_BEARER], "client_secret": null,
                "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(),
            }),
        ),
    ])
    .await;
    let claims = enterprise.claims(&json!({}));
    let good = enterprise.signed(&json!({}));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (_, payload) = message.split_once('.').unwrap();
    let header = |header: Value| protocol::encoding::b64url_encode(header.to_string().as_bytes());
    let mut hmac = [header(json!({"alg": "HS256", "typ": TYPE})), payload.to_owned()].join(".");
    let mac = protocol::secret::hmac_sha256(&public_key_bytes(), hmac.as_bytes());
    hmac = [hmac, protocol::encoding::b64url_encode(&mac)].join(".");
    // An id_token and an access token of the same user and provider, with the same claims.
    let id_token = enterprise.provider.assertion("JWT", &claims);
    let access_token = enterprise.provider.assertion("at+jwt", &claims);
    // An assertion of a client about itself (RFC 7523 §2.2), which the client has signed.
    let of_a_client = assertion("EdDSA", &json!({"typ": TYPE}), &claims);
    for (what, bad) in [
        ("an id_token", id_token),
        ("an access token", access_token),
        ("signed by a client", of_a_client),
        ("a key that the provider does not have", enterprise.provider.forged_assertion(TYPE, &claims)),
        (
            "alg none",
            [header(json!({"alg": "none", "typ": TYPE})), payload.to_owned(), String::new()].join("."),
        ),
        ("HMAC with the public key", hmac),
        (
            "another algorithm",
            [header(json!({"alg": "RS256", "typ": TYPE})), payload.to_owned(), signature.to_owned()]
                .join("."),
        ),
        (
            "crit",
            [
                header(json!({"alg": "EdDSA", "typ": TYPE, "crit": ["x"]})),
                payload.to_owned(),
                signature.to_owned(),
            ]
            .join("."),
        ),
        ("another payload", {
            let other = protocol::encoding::b64url_encode(
                enterprise.claims(&json!({"sub": "root"})).to_string().as_bytes(),
            );
            [message.split_once('.').unwrap().0, &other, signature].join(".")
        }),
        ("no signature", format!("{message}.")),
        ("two parts", message.to_owned()),
        ("nothing", "x".to_owned()),
    ] {
        let reply = enterprise.present(&bad, &[]).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["error"].as_str()),
            (400, Some("invalid_grant")),
            "{what}"
        );
    }
    // An assertion about a user does not authenticate a client either.
    let about_user = enterprise.signed(&json!({"iss": "keys", "sub": "keys", "client_id": "keys"}));
    let with_clients_key = assertion(
        "EdDSA",
        &json!({"typ": TYPE}),
        &json!({"iss": "keys", "sub": "keys", "aud": BASE, "jti": "k", "iat": START.as_secs(), "exp": START.as_secs() + 60}),
    );
    for signed in [about_user, with_clients_key] {
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", signed.as_str()),
        ];
        let reply = enterprise.world.post_form(&enterprise.site, Endpoint::Token, &pairs).await;
        assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (401, Some("invalid_client")));
    }
    // An assertion about a user is not accepted as an id_token either.
    let login = enterprise.world.register(&enterprise.site, CALLBACK).await;
    enterprise.provider.misbehave(Vice::Header("typ", json!(TYPE)));
    let mut browser = Browser::new(&enterprise.world, &enterprise.site);
    let url = to_provider(&mut browser, &authorize_pairs(&login)).await;
    let done = browser.get(Endpoint::Callback, &enterprise.provider.sign_in(&url)).await;
    assert_eq!(done.onward_parameter("code"), None);
    enterprise.provider.behave();
    assert_eq!(enterprise.present(&good, &[]).await.status, 200);
}

/// Returns the bytes of a public key of the tests. Somebody might use them as a shared secret.
fn public_key_bytes() -> Vec<u8> {
    protocol::encoding::b64url_decode(public_jwk("EdDSA")["x"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn an_assertion_is_accepted_once() {
    let enterprise = Enterprise::new().await;
    let long = enterprise.signed(&json!({"exp": START.as_secs() + 3_600}));
    assert_eq!(enterprise.present(&long, &[]).await.status, 200);
    enterprise.refused(&long, "invalid_grant", "assertion_used").await;
    enterprise.world.advance(3_600);
    enterprise.provider.advance(3_600);
    enterprise.refused(&long, "invalid_grant", "assertion_used").await;
    enterprise.world.advance(60);
    enterprise.refused(&long, "invalid_grant", "assertion_invalid").await;
    // Another tenant with the same provider remembers used assertions separately, but an assertion names only one
    // audience.
    let other = Site {
        base: protocol::uri::Base::parse("https://mcp.example.com/docs").unwrap(),
        ..enterprise.site.clone()
    };
    let fresh = enterprise.signed(&json!({"jti": "2"}));
    let pairs = [("grant_type", JWT_BEARER), ("assertion", fresh.as_str())];
    let elsewhere = with_basic(&enterprise.world, &other, ("agent", SECRET), &pairs).await;
    assert_eq!(elsewhere.json()["error"], "invalid_client", "the file lists other bases");
    assert_eq!(enterprise.present(&fresh, &[]).await.status, 200);
}

#[tokio::test]
async fn only_confidential_clients_with_the_grant_type_may_present_one() {
    let enterprise =
        Enterprise::with(&[agent("agent"), machine("ci", &json!({"grant_types": ["client_credentials"]}))])
            .await;
    let Enterprise { world, site, .. } = &enterprise;
    let mut ids = BTreeSet::new();
    let public = world.register(site, CALLBACK).await;
    let assertion = enterprise.signed(&json!({"client_id": public}));
    let pairs =
        [("grant_type", JWT_BEARER), ("assertion", assertion.as_str()), ("client_id", public.as_str())];
    let reply = world.post_form(site, Endpoint::Token, &pairs).await;
    assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (400, Some("unauthorized_client")));
    ids.insert(public);
    let assertion = enterprise.signed(&json!({"client_id": "ci"}));
    let pairs = [("grant_type", JWT_BEARER), ("assertion", assertion.as_str())];
    let reply = with_basic(world, site, ("ci", SECRET), &pairs).await;
    assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (400, Some("unauthorized_client")));
    // A client that registered itself with credentials and this grant type may do this: the provider decides by its id.
    for (grants, allowed) in
        [(json!(["authorization_code", JWT_BEARER]), true), (json!(["authorization_code"]), false)]
    {
        let metadata = json!({
            "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic", "grant_types": grants,
        });
        let client = world.post_json(site, Endpoint::Register, &metadata).await.json();
        assert_eq!(client["grant_types"], grants);
        let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
        let assertion = enterprise.signed(&json!({"client_id": id, "jti": id}));
        let pairs = [("grant_type", JWT_BEARER), ("assertion", assertion.as_str())];
        let wrong = with_basic(world, site, (id, "guessed"), &pairs).await;
        assert_eq!(wrong.json()["error"], "invalid_client");
        let reply = with_basic(world, site, (id, secret), &pairs).await;
        assert_eq!(reply.status == 200, allowed, "{reply:?}");
        ids.insert(id.to_owned());
    }
    assert_eq!(ids.len(), 3);
}
