//! Tests which signatures are accepted, and for which key.

use super::*;
use crate::encoding::b64url_encode;
use crate::jose::anchor::{TrustAnchor, TrustAnchors};
use crate::jose::key::Ed25519PublicJwk;
use crate::jose::key_certificate::{KeyCertificate, KeyPurpose, issue, verify};

const NOW: UnixTime = UnixTime::new(1_800_000_000);

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

fn certificate() -> String {
    issue(&key(1), &KeyCertificate::new(&key(2).verifying_key(), NOW, NOW.plus(60), 60))
}

fn verified() -> VerifiedKeyCertificate {
    verify(&TrustAnchors::new(vec![TrustAnchor::from(&key(1))]), &certificate()).unwrap()
}

fn kid(byte: u8) -> String {
    Ed25519PublicJwk::from_key(&key(byte).verifying_key()).thumbprint()
}

fn claims() -> AccessTokenClaims {
    AccessTokenClaims {
        iss: "https://h".to_owned(),
        aud: vec!["https://h/mcp".to_owned()],
        sub: "alice".to_owned(),
        client_id: "c".to_owned(),
        scope: ScopeSet::parse("read write").unwrap(),
        iat: NOW,
        nbf: NOW,
        exp: NOW.plus(60),
        jti: "j".to_owned(),
        mcpb_tid: TenantId::derive("wiki", "local", "", &[]),
        profile: Profile::default(),
    }
}

fn token() -> String {
    sign_access_token(&key(2), &kid(2), &certificate(), &claims())
}

/// A token with this header and payload, signed with the key of the certificate.
fn raw(header: &str, payload: &str) -> String {
    use ed25519_dalek::Signer as _;
    let message = [b64url_encode(header.as_bytes()), b64url_encode(payload.as_bytes())].join(".");
    let signature = key(2).sign(message.as_bytes());
    [message, b64url_encode(&signature.to_bytes())].join(".")
}

fn header(extra: &str) -> String {
    format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{}"{extra}}}"#, kid(2))
}

fn check(text: &str) -> Result<SignatureValid, TokenError> {
    let jws = CompactJws::parse(text)?;
    UnverifiedToken::read(jws)?.certified(verified())?.verify(&jws).expect("a header is its own")
}

#[test]
fn what_is_signed_is_read_back() {
    let text = token();
    assert_eq!(UnverifiedToken::parse(&text).unwrap().key_certificate(), Some(certificate().as_str()));
    let proof = check(&text).unwrap();
    assert_eq!(proof.token_type(), TokenType::AccessToken);
    assert_eq!(proof.key(), KeyOrigin::Certified(KeyPurpose::AccessTokens, verified().window()));
    let read = proof.claims();
    assert_eq!((read.iat, read.exp, read.nbf), (Some(NOW), Some(NOW.plus(60)), Some(NOW)));
    assert_eq!((read.iss.as_deref(), read.scope.as_deref()), (Some("https://h"), Some("read write")));
    assert_eq!(read.aud, ["https://h/mcp"]);
    assert_eq!(read.mcpb_tid, Some(claims().mcpb_tid.to_string()));
}

#[test]
fn the_wire_form_is_that_of_rfc_9068() {
    let mut claims = claims();
    claims.profile.email = Some("a@b".to_owned());
    let json = serde_json::to_value(&claims).unwrap();
    assert_eq!(json["aud"], "https://h/mcp");
    assert_eq!(json["email"], "a@b");
    assert_eq!(json["scope"], "read write");
    assert!(json.get("groups").is_none() && json.get("name").is_none());
    claims.aud.push("extra".to_owned());
    assert_eq!(serde_json::to_value(&claims).unwrap()["aud"][1], "extra");
}

/// Measures a token as the sidecar issues it for a local user, with ids of the same lengths
/// (`sidecar/tests/api/token_size.rs` measures a token of the sidecar itself).
#[test]
fn a_plain_logins_token_has_758_characters() {
    let claims = AccessTokenClaims {
        iss: "https://wiki.example.com".to_owned(),
        aud: vec!["https://wiki.example.com/mcp".to_owned()],
        client_id: "c".repeat(22),
        scope: ScopeSet::parse("read").unwrap(),
        jti: "j".repeat(30),
        ..claims()
    };
    let text = sign_access_token(&key(2), &kid(2), &certificate(), &claims);
    let parts: Vec<usize> = text.split('.').map(str::len).collect();
    assert_eq!((text.len(), parts), (758, vec![319, 351, 86]));
}

#[test]
fn another_key_or_key_id_is_refused() {
    let foreign = sign_access_token(&key(3), &kid(2), &certificate(), &claims());
    assert_eq!(check(&foreign), Err(TokenError::Signature));
    let misnamed = sign_access_token(&key(2), &kid(3), &certificate(), &claims());
    assert_eq!(check(&misnamed), Err(TokenError::KeyId));
    let unnamed = raw(r#"{"alg":"EdDSA","typ":"at+jwt"}"#, "{}");
    assert_eq!(check(&unnamed), Err(TokenError::KeyId));
}

#[test]
fn other_algorithms_are_refused() {
    for alg in ["none", "HS256", "RS256", "Ed25519", "eddsa", ""] {
        let text = raw(&header("").replace("EdDSA", alg), "{}");
        assert_eq!(check(&text), Err(TokenError::Signature), "{alg}");
    }
    let unsigned = token();
    let (message, _) = unsigned.rsplit_once('.').unwrap();
    assert_eq!(check(&format!("{message}.")), Err(TokenError::Signature));
}

#[test]
fn keys_named_by_the_token_itself_are_refused() {
    for extra in [
        r#","jku":"https://evil""#,
        r#","x5u":"https://evil""#,
        r#","x5c":[]"#,
        r#","jwk":{"kty":"OKP"}"#,
        r#","jwk":null"#,
        r#","crit":["exp"]"#,
    ] {
        let text = raw(&header(extra), "{}");
        assert_eq!(check(&text), Err(JwsError::ForbiddenHeader.into()), "{extra}");
    }
}

#[test]
fn token_types_are_distinguished() {
    let typed = |typ: &str| check(&raw(&header("").replace("at+jwt", typ), "{}")).map(|t| t.token_type());
    assert_eq!(typed("AT+JWT"), Ok(TokenType::AccessToken));
    assert_eq!(typed("application/at+jwt"), Ok(TokenType::AccessToken));
    assert_eq!(typed("JWT"), Ok(TokenType::Jwt));
    assert_eq!(typed("dpop+jwt"), Err(TokenError::Type));
}

#[test]
fn malformed_tokens_are_refused() {
    let text = token();
    for bad in ["", ".", "..", "a.b.c", &text.replace('.', ""), &format!("{text}.")] {
        assert_eq!(UnverifiedToken::parse(bad).err(), Some(JwsError::Malformed.into()), "{bad}");
    }
    assert_eq!(check(&format!("{text}=")), Err(TokenError::Signature));
    for payload in ["", "[]", r#"{"iss":1}"#, r#"{"exp":"1"}"#, r#"{"exp":-1}"#, r#"{"iss":"a","iss":"b"}"#] {
        assert_eq!(check(&raw(&header(""), payload)), Err(TokenError::Signature), "{payload}");
    }
    let twice = raw(&header(r#","alg":"EdDSA""#), "{}");
    assert_eq!(check(&twice), Err(JwsError::Malformed.into()));
}

#[test]
fn listed_keys_verify_their_own_algorithm() {
    let jwk = |kid: &str| {
        let x = Ed25519PublicJwk::from_key(&key(2).verifying_key()).x;
        format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"{x}"}}]}}"#)
    };
    let set = JwkSet::parse(jwk(&kid(2)).as_bytes()).unwrap();
    let text = token();
    let proof = UnverifiedToken::parse(&text).unwrap().verify_listed(&set).unwrap();
    assert_eq!(proof.key(), KeyOrigin::Listed);
    let other = JwkSet::parse(jwk("other").as_bytes()).unwrap();
    assert_eq!(UnverifiedToken::parse(&text).unwrap().verify_listed(&other), Err(TokenError::UnknownKey));
    let unnamed = raw(r#"{"alg":"EdDSA","typ":"JWT"}"#, "{}");
    assert!(UnverifiedToken::parse(&unnamed).unwrap().verify_listed(&other).is_ok());
    let confused = raw(&header("").replace("EdDSA", "RS256"), "{}");
    assert_eq!(UnverifiedToken::parse(&confused).unwrap().verify_listed(&set), Err(TokenError::Signature));
}
