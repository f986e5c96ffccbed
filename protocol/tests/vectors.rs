//! Tests the test vectors of the specifications.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use aes_gcm_siv::aead::{Aead as _, KeyInit as _};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use ed25519_dalek::{Signature, SigningKey};
use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use protocol::jose::key::{Ed25519PublicJwk, JwkSet, rsa_thumbprint};
use protocol::jose::token::{KeyOrigin, TokenError, TokenType, UnverifiedToken};
use protocol::resource::challenge::metadata_url;
use protocol::secret::{derive_key, hmac_sha256};
use protocol::time::UnixTime;
use protocol::uri::Base;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// RFC 8037 appendix A.1: the private key.
const ED25519_D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
/// RFC 8037 appendix A.2: the public key.
const ED25519_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn rfc_8037_key() -> SigningKey {
    SigningKey::from_bytes(&b64url_decode(ED25519_D).unwrap().try_into().unwrap())
}

#[test]
fn rfc_7638_section_3_1_rsa_thumbprint() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKR\
             XjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaS\
             qzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHa\
             Q-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    assert_eq!(rsa_thumbprint(n, "AQAB"), thumbprint);
    let set = format!(r#"{{"keys":[{{"kty":"RSA","n":"{n}","e":"AQAB","alg":"RS256"}}]}}"#);
    assert!(JwkSet::parse(set.as_bytes()).unwrap().with_id(thumbprint).next().is_some());
}

#[test]
fn rfc_8037_appendix_a_2_and_a_3_public_key_and_thumbprint() {
    let jwk = Ed25519PublicJwk::from_key(&rfc_8037_key().verifying_key());
    assert_eq!(jwk.x, ED25519_X);
    assert_eq!(jwk.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn rfc_8037_appendix_a_4_and_a_5_signature() {
    let jws = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
               hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let (message, signature) = jws.rsplit_once('.').unwrap();
    let made = ed25519_dalek::Signer::sign(&rfc_8037_key(), message.as_bytes());
    assert_eq!(b64url_encode(&made.to_bytes()), signature);
    let key = Ed25519PublicJwk { kty: "OKP".into(), crv: "Ed25519".into(), x: ED25519_X.into() };
    let signature = Signature::from_slice(&b64url_decode(signature).unwrap()).unwrap();
    assert!(key.to_key().unwrap().verify_strict(message.as_bytes(), &signature).is_ok());
    // The payload of the example is not a set of claims, so it is refused as a token.
    let set = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{ED25519_X}"}}]}}"#);
    let set = JwkSet::parse(set.as_bytes()).unwrap();
    assert_eq!(UnverifiedToken::parse(jws).unwrap().verify_listed(&set), Err(TokenError::Signature));
}

#[test]
fn rfc_7515_appendix_a_2_rs256() {
    let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR\
             T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB\
             dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia\
             GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc\
                 19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5Y\
                 Kt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMH\
                 lb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipU\
                 TI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    let set = format!(r#"{{"keys":[{{"kty":"RSA","n":"{n}","e":"AQAB"}}]}}"#);
    let set = JwkSet::parse(set.as_bytes()).unwrap();
    let proof = UnverifiedToken::parse(token).unwrap().verify_listed(&set).unwrap();
    assert_eq!((proof.token_type(), proof.key()), (TokenType::Jwt, KeyOrigin::Listed));
    assert_eq!(proof.claims().iss.as_deref(), Some("joe"));
    assert_eq!(proof.claims().exp, Some(UnixTime::new(1_300_819_380)));
}

#[test]
fn rfc_8452_appendix_c_2_aes_256_gcm_siv() {
    let key = hex("0100000000000000000000000000000000000000000000000000000000000000");
    let cipher = Aes256GcmSiv::new_from_slice(&key).unwrap();
    let nonce = hex("030000000000000000000000");
    let nonce = Nonce::from_slice(&nonce);
    assert_eq!(cipher.encrypt(nonce, &b""[..]).unwrap(), hex("07f5f4169bbf55a8400cd47ea6fd400f"));
    let sealed = cipher.encrypt(nonce, &hex("0100000000000000")[..]).unwrap();
    assert_eq!(sealed, hex("c2ef328e5c71c83b843122130f7364b761e0b97427e3df28"));
}

#[test]
fn rfc_5869_appendix_a_3_hkdf_without_salt_and_info() {
    let key = derive_key(&[0x0b; 22], "");
    let expected = hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
    assert_eq!(key.expose().as_slice(), expected);
}

#[test]
fn rfc_4231_section_4_3_hmac_sha_256() {
    let tag = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
    assert_eq!(tag.as_slice(), hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
}

#[test]
fn rfc_7636_appendix_b_sha_256_and_base64url() {
    let challenge = b64url_encode(&sha256(b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn rfc_9728_section_3_1_path_insertion() {
    let base = Base::parse("https://resource.example.com").unwrap();
    assert_eq!(
        metadata_url(&base, "/resource1", None),
        "https://resource.example.com/.well-known/oauth-protected-resource/resource1"
    );
}
