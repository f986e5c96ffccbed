//! Tokens that are bound to a key (RFC 9449).

use super::*;
use crate::encoding::{b64url_decode, b64url_encode, sha256};
use crate::jose::dpop;
use crate::jose::token::Confirmed;
use crate::uri::Base;
use ed25519_dalek::Signer as _;

const URI: &str = "https://h.test/wiki/mcp";

/// A key of a client.
fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn jwk(seed: u8) -> Ed25519PublicJwk {
    Ed25519PublicJwk::from_key(&key(seed).verifying_key())
}

/// A token that is bound to this key.
fn bound(seed: u8) -> String {
    let thumbprint = b64url_decode(&jwk(seed).thumbprint()).unwrap().try_into().unwrap();
    token(|claims| claims.cnf = Some(Confirmed::by(&thumbprint)))
}

/// A proof of this key for a request with this token, with the claims in `more`.
fn proof(seed: u8, token: &str, more: &Value) -> String {
    let jwk = jwk(seed);
    let header =
        json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": { "kty": jwk.kty, "crv": jwk.crv, "x": jwk.x } });
    let mut claims = json!({
        "jti": "id", "htm": "POST", "htu": URI, "iat": NOW.as_secs(), "ath": b64url_encode(&sha256(token.as_bytes())),
    });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let text = [header, claims].map(|part| b64url_encode(part.to_string().as_bytes())).join(".");
    let signature = b64url_encode(&key(seed).sign(text.as_bytes()).to_bytes());
    [text, signature].join(".")
}

/// A request with a token and a proof.
fn call(token: &str, proof: &str) -> Request {
    request("POST", "/wiki/mcp").with("authorization", format!("DPoP {token}")).with("dpop", proof)
}

fn optional() -> Gate {
    gate(&json!({ "dpop": "optional" }))
}

fn forwarded(gate: &mut Gate, mut request: Request) -> McpForward {
    match gate.decide(NOW, &mut request) {
        Decision::ForwardMcp(forward) => forward,
        other => panic!("{other:?}"),
    }
}

fn refused(gate: &mut Gate, request: Request, error: &str) -> Response {
    let response = respond(gate, request);
    assert_eq!((response.status, response.body.as_str()), (401, &*format!("{{\"error\":\"{error}\"}}")));
    response
}

#[test]
fn a_bound_token_is_forwarded_with_a_proof_of_its_key() {
    let token = bound(9);
    let forward = forwarded(&mut optional(), call(&token, &proof(9, &token, &json!({}))));
    assert!(set(&forward).contains(&("X-Mcp-Sub", "alice".to_owned())));
    // The proof is a credential.
    assert_eq!(removed(&forward), ["authorization", "dpop"]);
    let mut passing = gate(&json!({ "dpop": "optional", "forwardAuthorization": true }));
    assert_eq!(removed(&forwarded(&mut passing, call(&token, &proof(9, &token, &json!({}))))), [""; 0]);
}

#[test]
fn a_bound_token_is_refused_without_a_proof_of_its_key() {
    let token = bound(9);
    let gate = &mut optional();
    let with = |more| call(&token, &proof(9, &token, &more));
    for (request, reason) in [
        (request("POST", "/wiki/mcp").with("authorization", format!("DPoP {token}")), "DPoP is missing"),
        (call(&token, &proof(8, &token, &json!({}))), "another key"),
        (with(json!({ "htm": "GET" })), "htm"),
        (with(json!({ "htu": "https://h.test/wiki/other" })), "htu"),
        (with(json!({ "ath": b64url_encode(&sha256(b"another token")) })), "ath"),
        (with(json!({ "iat": NOW.as_secs() - 301 })), "iat"),
        (call(&token, "x"), "compact JWS"),
    ] {
        let response = refused(gate, request, "invalid_dpop_proof");
        assert!(logged(&response).contains(reason), "{reason}: {}", logged(&response));
        assert_eq!(
            header(&response, "WWW-Authenticate"),
            Some(
                r#"DPoP error="invalid_dpop_proof", resource_metadata="https://h.test/.well-known/oauth-protected-resource/wiki/mcp", algs="ES256 EdDSA""#
            )
        );
    }
    let twice = with(json!({})).with("dpop", proof(9, &token, &json!({})));
    assert_eq!(respond(gate, twice).status, 400);
}

#[test]
fn the_scheme_is_that_of_the_token() {
    let (bound, bearer) = (bound(9), token(|_| {}));
    let gate = &mut optional();
    for request in [
        request("POST", "/wiki/mcp").bearer(&bound).with("dpop", proof(9, &bound, &json!({}))),
        request("POST", "/wiki/mcp").bearer(&bound),
        call(&bearer, &proof(9, &bearer, &json!({}))),
    ] {
        refused(gate, request, "invalid_token");
    }
    // What was remembered for one scheme does not count for the other.
    forwarded(gate, call(&bound, &proof(9, &bound, &json!({}))));
    refused(gate, request("POST", "/wiki/mcp").bearer(&bound), "invalid_token");
    forwarded(gate, request("POST", "/wiki/mcp").bearer(&bearer));
    refused(gate, call(&bearer, &proof(9, &bearer, &json!({}))), "invalid_token");
}

#[test]
fn a_bound_token_needs_its_proof_whatever_the_option_says() {
    let token = bound(9);
    for options in [json!({}), json!({ "dpop": "required" })] {
        let gate = &mut gate(&options);
        refused(gate, request("POST", "/wiki/mcp").bearer(&token), "invalid_token");
        forwarded(gate, call(&token, &proof(9, &token, &json!({}))));
    }
}

#[test]
fn bearer_tokens_are_refused_where_bound_ones_are_required() {
    let gate = &mut gate(&json!({ "dpop": "required" }));
    let response = refused(gate, request("POST", "/wiki/mcp").bearer(&token(|_| {})), "invalid_token");
    let challenge = header(&response, "WWW-Authenticate").unwrap();
    assert!(challenge.starts_with("DPoP error=\"invalid_token\", scope=\"read write\""), "{challenge}");
    let response = respond(gate, request("POST", "/wiki/mcp"));
    let challenge = header(&response, "WWW-Authenticate").unwrap();
    assert!(
        challenge.starts_with("DPoP resource_metadata=") && challenge.ends_with(", algs=\"ES256 EdDSA\"")
    );
}

#[test]
fn a_proof_is_accepted_once_even_if_everything_else_is_forgotten() {
    let token = bound(9);
    let gate = &mut optional();
    let first = proof(9, &token, &json!({}));
    forwarded(gate, call(&token, &first));
    gate.forget();
    let response = refused(gate, call(&token, &first), "invalid_dpop_proof");
    assert!(logged(&response).contains("used before"));
    forwarded(gate, call(&token, &proof(9, &token, &json!({ "jti": "another" }))));
    // Another client may choose the same id.
    let other = bound(8);
    forwarded(gate, call(&other, &proof(8, &other, &json!({}))));
}

#[test]
fn a_proof_needs_a_recent_nonce_where_nonces_are_required() {
    let token = bound(9);
    let gate = &mut gate(&json!({ "dpop": "optional", "dpopNonce": true }));
    let base = Base::parse(BASE).unwrap();
    let old = dpop::nonce(&plugin_keys(), &base, NOW.minus(600));
    let mut given = String::new();
    for more in [json!({}), json!({ "nonce": "x" }), json!({ "nonce": old })] {
        let response = refused(gate, call(&token, &proof(9, &token, &more)), "use_dpop_nonce");
        given = header(&response, "DPoP-Nonce").unwrap().to_owned();
        assert!(header(&response, "Access-Control-Expose-Headers").unwrap().contains("DPoP-Nonce"));
    }
    forwarded(gate, call(&token, &proof(9, &token, &json!({ "nonce": given }))));
}

#[test]
fn a_token_that_is_bound_to_something_else_is_refused() {
    for jkt in ["", "AAAA", "not base64url"] {
        let token = token(|claims| claims.cnf = Some(Confirmed { jkt: jkt.to_owned() }));
        let response = refused(&mut optional(), request("POST", "/wiki/mcp").bearer(&token), "invalid_token");
        assert!(logged(&response).contains("cnf"), "{}", logged(&response));
    }
}

#[test]
fn a_bearer_token_with_a_proof_is_forwarded_with_it() {
    let bearer = token(|_| {});
    let request = request("POST", "/wiki/mcp").bearer(&bearer).with("dpop", "x");
    assert_eq!(removed(&forwarded(&mut optional(), request)), ["authorization"]);
}
