use super::*;
use crate::encoding::{b64url_encode, sha256};
use crate::jose::key::Ed25519PublicJwk;
use ed25519_dalek::Signer as _;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use serde_json::{Value, json};

/// RFC 9449 §4.1: a proof for a token request.
const RFC: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
const NOW: UnixTime = UnixTime::new(1_800_000_000);
const TOKEN: [u8; 32] = [7; 32];

fn expected() -> Expected<'static> {
    Expected { method: "POST", uri: "https://h.test/wiki/mcp", token: Some(&TOKEN), now: NOW }
}

fn key() -> SigningKey {
    SigningKey::from_slice(&[3; 32]).unwrap()
}

fn jwk() -> Value {
    let point = key().verifying_key().to_sec1_point(false);
    json!({ "kty": "EC", "crv": "P-256", "x": b64url_encode(point.x().unwrap()), "y": b64url_encode(point.y().unwrap()) })
}

fn header() -> Value {
    json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk() })
}

fn claims() -> Value {
    json!({
        "jti": "id", "htm": "POST", "htu": "https://h.test/wiki/mcp", "iat": NOW.as_secs(), "ath": b64url_encode(&TOKEN),
    })
}

fn changed(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name);
    object
}

fn signed(header: &Value, claims: &Value) -> String {
    let text = [b64url_encode(header.to_string().as_bytes()), b64url_encode(claims.to_string().as_bytes())]
        .join(".");
    let signature: p256::ecdsa::Signature = key().sign_prehash(&sha256(text.as_bytes())).unwrap();
    [text, b64url_encode(&signature.to_bytes())].join(".")
}

fn refused(header: &Value, claims: &Value) -> ProofError {
    Proof::verify(&signed(header, claims), &expected()).unwrap_err()
}

#[test]
fn the_proof_of_the_rfc_is_valid() {
    let now = UnixTime::new(1_562_262_616);
    let expected = Expected { uri: "https://server.example.com/token", token: None, now, ..expected() };
    let proof = Proof::verify(RFC, &expected).unwrap();
    // RFC 9449 §6.1.
    assert_eq!(b64url_encode(proof.thumbprint()), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!((proof.id(), proof.nonce()), ("-BwC3ESc6acc2lTc", None));
}

#[test]
fn a_proof_with_either_algorithm_is_valid() {
    let proof =
        Proof::verify(&signed(&header(), &changed(claims(), "nonce", "n".into())), &expected()).unwrap();
    assert_eq!((proof.id(), proof.nonce()), ("id", Some("n")));
    let key = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
    let jwk = Ed25519PublicJwk::from_key(&key.verifying_key());
    let header =
        json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": { "kty": jwk.kty, "crv": jwk.crv, "x": jwk.x } });
    let text = [b64url_encode(header.to_string().as_bytes()), b64url_encode(claims().to_string().as_bytes())]
        .join(".");
    let proof = [text.clone(), b64url_encode(&key.sign(text.as_bytes()).to_bytes())].join(".");
    let proof = Proof::verify(&proof, &expected()).unwrap();
    assert_eq!(b64url_encode(proof.thumbprint()), jwk.thumbprint());
}

#[test]
fn a_proof_of_another_request_is_refused() {
    for (name, value, error) in [
        ("htm", "GET", ProofError::Method),
        ("htm", "post", ProofError::Method),
        ("htu", "https://h.test/wiki/other", ProofError::Uri),
        ("htu", "https://other.test/wiki/mcp", ProofError::Uri),
        ("htu", "http://h.test/wiki/mcp", ProofError::Uri),
        ("htu", "/wiki/mcp", ProofError::Uri),
        ("ath", "AAAA", ProofError::Token),
        ("ath", "", ProofError::Token),
        ("jti", "", ProofError::Id),
    ] {
        assert_eq!(refused(&header(), &changed(claims(), name, value.into())), error, "{name} {value}");
    }
    for (name, error) in [
        ("htm", ProofError::Method),
        ("htu", ProofError::Uri),
        ("ath", ProofError::Token),
        ("jti", ProofError::Id),
        ("iat", ProofError::Time),
    ] {
        assert_eq!(refused(&header(), &without(claims(), name)), error, "{name}");
    }
    let long = changed(claims(), "jti", "x".repeat(ID.most + 1).into());
    assert_eq!(refused(&header(), &long), ProofError::Id);
}

#[test]
fn the_uri_is_compared_in_canonical_form_without_query() {
    for uri in ["HTTPS://H.test:443/wiki/mcp", "https://h.test/wiki/mcp?a=b#c", "https://h.test/wiki/mcp/"] {
        let proof = signed(&header(), &changed(claims(), "htu", uri.into()));
        assert!(Proof::verify(&proof, &expected()).is_ok(), "{uri}");
    }
}

#[test]
fn a_proof_is_valid_for_five_minutes_either_way() {
    for (iat, is_valid) in [(-301_i64, false), (-300, true), (300, true), (301, false)] {
        let iat = i64::try_from(NOW.as_secs()).unwrap() + iat;
        let proof = signed(&header(), &changed(claims(), "iat", iat.into()));
        assert_eq!(Proof::verify(&proof, &expected()).is_ok(), is_valid, "{iat}");
    }
    for iat in [json!(-1), json!("1800000000"), json!(null)] {
        assert_eq!(refused(&header(), &changed(claims(), "iat", iat)), ProofError::Time);
    }
}

#[test]
fn other_headers_are_refused() {
    for (name, value, error) in [
        ("typ", json!("JWT"), ProofError::Type),
        ("typ", json!("at+jwt"), ProofError::Type),
        ("alg", json!("none"), ProofError::Key),
        ("alg", json!("HS256"), ProofError::Key),
        ("alg", json!("EdDSA"), ProofError::Key),
        ("alg", json!("ES384"), ProofError::Key),
        ("jwk", json!("x"), ProofError::Key),
        ("jwk", changed(jwk(), "d", "AAAA".into()), ProofError::Key),
        ("jwk", changed(jwk(), "crv", "P-384".into()), ProofError::Key),
        ("jwk", changed(jwk(), "x", b64url_encode(&[1; 32]).into()), ProofError::Key),
        ("jwk", changed(jwk(), "x", b64url_encode(&[1; 31]).into()), ProofError::Key),
        ("jwk", json!({ "kty": "oct", "k": "AAAA" }), ProofError::Key),
        ("crit", json!(["x"]), ProofError::Malformed),
        ("b64", json!(false), ProofError::Malformed),
    ] {
        assert_eq!(refused(&changed(header(), name, value), &claims()), error, "{name}");
    }
    for name in ["typ", "alg", "jwk"] {
        assert!(matches!(refused(&without(header(), name), &claims()), ProofError::Type | ProofError::Key));
    }
}

#[test]
fn another_signature_is_refused() {
    let proof = signed(&header(), &claims());
    let (text, _) = proof.rsplit_once('.').unwrap();
    let other = signed(&header(), &changed(claims(), "jti", "other".into()));
    let (_, signature) = other.rsplit_once('.').unwrap();
    for signature in [signature, "", "AAAA", &b64url_encode(&[0; 64])] {
        let forged = [text, signature].join(".");
        assert_eq!(Proof::verify(&forged, &expected()), Err(ProofError::Signature), "{signature}");
    }
}

#[test]
fn what_is_no_jws_is_refused() {
    for text in ["", "a.b", "a.b.c", "..", &"x".repeat(PROOF.most + 1)] {
        assert_eq!(Proof::verify(text, &expected()), Err(ProofError::Malformed), "{text}");
    }
    let repeated =
        [b64url_encode(br#"{"typ":"dpop+jwt","typ":"dpop+jwt"}"#), String::new(), String::new()].join(".");
    assert_eq!(Proof::verify(&repeated, &expected()), Err(ProofError::Malformed));
}
