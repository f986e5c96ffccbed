//! Signs assertions with each supported algorithm.

use ed25519_dalek::{Signer as _, SigningKey};
use openidconnect::PrivateSigningKey as _;
use openidconnect::core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey};
use protocol::encoding::b64url_encode;
use protocol::jose::key::Ed25519PublicJwk;
use serde_json::{Value, json};

use super::START;

/// The algorithms that the metadata name.
pub(crate) const ALGORITHMS: [&str; 3] = ["EdDSA", "ES256", "RS256"];
const RSA_PEM: &str = include_str!("../../fixtures/client_rsa.pem");
const RSA_MODULUS: &str = "7WVMQf1qSDCbjXcHoC0bTeKoo4bHvf9xbQXp9X9cCuOEnb24QAIvS1N1MjCW9h9838F7nnbVqzb8ygPcQkjfSYB57CiGM8dJnlooNh9PuKeUhgAlyIEIOZwwdOqe3h5w0lctkUkGCK5zHTrdV4beTwBjX9Uvur22jPVvNjZ1Qgu5L7uKPsRQDqdqH-jFT0P9Opd_7sWFx_8SGUgM60JVv8V8RppDUlsqYk0x5Pgjb5q-1ZnBR8DD4Ow0bib7xUzml2YnpJYewLFhcihg6NKAbxqzNAF5uLMfq6VIkTGYuHmffPU4m6lWQMrXjo-xlSz01qtW8ieffSR5hzoPHli1ow";

fn ed25519() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

fn p256() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[6; 32]).unwrap()
}

/// Returns the public key for an algorithm.
pub(crate) fn public_jwk(algorithm: &str) -> Value {
    match algorithm {
        "EdDSA" => {
            let x = Ed25519PublicJwk::from_key(&ed25519().verifying_key()).x;
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "ed"})
        }
        "ES256" => {
            let point = p256().verifying_key().to_sec1_point(false);
            let (x, y) = (b64url_encode(point.x().unwrap()), b64url_encode(point.y().unwrap()));
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "ec"})
        }
        _ => json!({"kty": "RSA", "n": RSA_MODULUS, "e": "AQAB", "kid": "rsa"}),
    }
}

/// Returns an RSA key of 1024 bits, and an assertion signed with it.
pub(crate) fn weak_rsa(claims: &Value) -> (Value, String) {
    let jwk = json!({"kty": "RSA", "n": "r9DJfxndVaVwGOZIhgCQWksdCaTu7-geRT61PxKZnoBgusm_y_dxUVS95n-alqtqGENDmB_jJ_voayZwqHoqf58pPTiOUrTsn3V0rJawOxY_E76GgwgszfGdh3nNm9iivCwqjjnkajbs8Uwv3LuSTFbF54-b3i4IpGs9YfFlLQ8", "e": "AQAB", "kid": "weak"});
    let message = message("RS256", &json!({}), claims);
    let pem = include_str!("../../fixtures/client_rsa_1024.pem");
    let signature = rsa_signature(pem, &CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, &message);
    (jwk, [message, b64url_encode(&signature)].join("."))
}

fn rsa_signature(pem: &str, algorithm: &CoreJwsSigningAlgorithm, message: &str) -> Vec<u8> {
    CoreRsaPrivateSigningKey::from_pem(pem, None).unwrap().sign(algorithm, message.as_bytes()).unwrap()
}

/// Returns all public keys as a JWK set.
pub(crate) fn jwks() -> Value {
    json!({ "keys": ALGORITHMS.map(public_jwk) })
}

/// Returns valid claims that are issued at [`START`].
pub(crate) fn claims(client_id: &str, audience: &str, id: &str) -> Value {
    let now = START.as_secs();
    json!({"iss": client_id, "sub": client_id, "aud": audience, "iat": now, "exp": now + 60, "jti": id})
}

/// Signs an assertion.
pub(crate) fn assertion(algorithm: &str, header: &Value, claims: &Value) -> String {
    let message = message(algorithm, header, claims);
    let signature = match algorithm {
        "EdDSA" => ed25519().sign(message.as_bytes()).to_bytes().to_vec(),
        "ES256" => {
            let signature: p256::ecdsa::Signature =
                p256::ecdsa::signature::Signer::sign(&p256(), message.as_bytes());
            signature.to_bytes().to_vec()
        }
        "RS384" => rsa_signature(RSA_PEM, &CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384, &message),
        "PS512" => rsa_signature(RSA_PEM, &CoreJwsSigningAlgorithm::RsaSsaPssSha512, &message),
        _ => rsa_signature(RSA_PEM, &CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, &message),
    };
    [message, b64url_encode(&signature)].join(".")
}

/// Returns the signing input: header and claims.
fn message(algorithm: &str, header: &Value, claims: &Value) -> String {
    let mut head = json!({"alg": algorithm, "typ": "JWT"});
    head.as_object_mut().unwrap().extend(header.as_object().unwrap().clone());
    [b64url_encode(head.to_string().as_bytes()), b64url_encode(claims.to_string().as_bytes())].join(".")
}
