//! mcp-toolbox skipped missing claims, and accepted any token of Google. Here a token must have all claims and be
//! signed by a key that we certified. (`protocol/src/resource/gate/tests/tokens.rs`, where tests can sign tokens,
//! removes each claim in turn.)
//!
//! Checked by removing the signature verification in `CompactJws::verified_by`.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use e2e::runtime::run;
use serde_json::{Value, json};

use crate::world::{tokens, world};

fn part(value: &Value) -> String {
    Base64UrlUnpadded::encode_string(value.to_string().as_bytes())
}

fn read(text: &str) -> Value {
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(text).expect("base64url")).expect("JSON")
}

#[test]
fn a_changed_claim_or_header_is_refused() {
    run(async {
        let tenant = world().await.path("alpha");
        let access = tokens(&tenant, "forged").await.access;
        tenant.call(&access).await.expect(200);
        let parts: Vec<&str> = access.split('.').collect();
        let (head, claims) = (read(parts[0]), read(parts[1]));
        for (name, value) in [
            ("sub", json!("root")),
            ("scope", json!("admin read write")),
            ("exp", json!(4_000_000_000_u64)),
            ("aud", json!(world().await.path("beta").mcp())),
            ("mcpb_tid", json!("AAAAAAAAAAAAAAAAAAAAAA")),
            ("client_id", json!("another")),
        ] {
            let mut changed = claims.clone();
            changed[name] = value;
            tenant.call(&format!("{}.{}.{}", parts[0], part(&changed), parts[2])).await.expect(401);
        }
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("RS256")),
            ("typ", json!("JWT")),
            ("kid", json!("another")),
            ("kcert", json!("A".repeat(146))),
            ("kcert", json!(head["kcert"].as_str().expect("a certificate").replace('A', "B"))),
            (
                "jwk",
                json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
            ),
            ("jku", json!("https://evil.example/keys")),
            ("x5u", json!("https://evil.example/cert")),
            ("crit", json!(["exp"])),
        ] {
            let mut changed = head.clone();
            changed[name] = value;
            for signature in [parts[2], ""] {
                let token = format!("{}.{}.{signature}", part(&changed), parts[1]);
                let status = tenant.call(&token).await.status.as_u16();
                assert!(matches!(status, 400 | 401), "{name}: {status}");
            }
        }
    });
}

#[test]
fn a_token_of_an_identity_provider_is_refused() {
    run(async {
        let tenant = world().await.upstream();
        let claims = json!({"iss": world().await.idp.issuer(), "aud": tenant.mcp(), "sub": "alice", "exp": 4_000_000_000_u64});
        for head in [
            json!({"alg": "RS256", "kid": "idp"}),
            json!({"alg": "EdDSA", "typ": "at+jwt"}),
            json!({"alg": "none"}),
        ] {
            let token = format!("{}.{}.c2lnbmF0dXJl", part(&head), part(&claims));
            let status = tenant.call(&token).await.status.as_u16();
            assert_eq!(status, 401, "{head}");
        }
        tenant.call("ya29.opaque-token-of-google").await.expect(401);
    });
}
