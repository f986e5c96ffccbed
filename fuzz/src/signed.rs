//! Fuzzes the verification of signatures. `jws` and `key_certificate` fail if something is accepted that was not signed
//! here, `jwk_set` if parsing the same bytes twice gives two results, and `hot_key` if two verifiers disagree.

use std::sync::OnceLock;

use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _};
use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::jose::anchor::{AnchorSeed, TrustAnchor, TrustAnchors};
use protocol::jose::jws::CompactJws;
use protocol::jose::key::{Ed25519PublicJwk, JwkSet};
use protocol::jose::key_certificate::{self, KeyCertificate, issue};
use protocol::jose::own::hot_key::HotKey;
use protocol::jose::token::{AccessTokenClaims, UnverifiedToken, sign_access_token};
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::Profile;
use protocol::tenant::TenantId;
use protocol::time::UnixTime;

/// The current time in these targets.
pub(crate) const NOW: UnixTime = UnixTime::new(1_800_000_000);
/// The URL of the protected MCP server, and the issuer (`iss`) that its tokens name.
pub(crate) const BASE: &str = "https://h.test/wiki";

pub(crate) fn seed() -> AnchorSeed {
    AnchorSeed::new(Secret::new([1; 32]))
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

fn certificate() -> (String, String) {
    let certificate = KeyCertificate::new(&key().verifying_key(), NOW.minus(60), NOW.plus(86_400), 3_600);
    (certificate.thumbprint(), issue(&seed().signing_key(), &certificate))
}

/// The only valid token.
pub(crate) fn token() -> &'static str {
    static TOKEN: OnceLock<String> = OnceLock::new();
    TOKEN.get_or_init(|| {
        let (kid, certificate) = certificate();
        let claims = AccessTokenClaims {
            iss: BASE.to_owned(),
            aud: vec![BASE.to_owned()],
            sub: "alice".to_owned(),
            client_id: "client".to_owned(),
            scope: ScopeSet::parse("read").unwrap_or_default(),
            iat: NOW,
            nbf: NOW,
            exp: NOW.plus(3_600),
            jti: "j".to_owned(),
            mcpb_tid: TenantId::derive("wiki", "local", "", &[]),
            profile: Profile::default(),
        };
        sign_access_token(&key(), &kid, &certificate, &claims)
    })
}

fn key_set() -> &'static JwkSet {
    static SET: OnceLock<JwkSet> = OnceLock::new();
    SET.get_or_init(|| {
        let [ed25519, ..] = jwk_set_seeds().try_into().unwrap_or([const { Vec::new() }; 3]);
        JwkSet::parse(&ed25519).expect("a key set")
    })
}

/// A signature is valid only for the message that was signed.
pub(crate) fn jws(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(jws) = CompactJws::parse(text) {
        let _ = jws.header();
        let signed_part = |text: &str| text.rsplit_once('.').map(|(signed, _)| signed.to_owned());
        if jws.verified_by(&key().verifying_key()).is_some() {
            assert_eq!(signed_part(text), signed_part(token()), "only one message was signed");
        }
    }
    if let Ok(token) = UnverifiedToken::parse(text)
        && token.verify_listed(key_set()).is_ok()
    {
        assert_eq!(text, self::token());
    }
}

pub(crate) fn jws_seeds() -> Vec<Vec<u8>> {
    vec![token().as_bytes().to_vec(), certificate().1.into_bytes(), b"eyJhbGciOiJub25lIn0.e30.".to_vec()]
}

/// A key set is parsed twice with the same result, and verifying a token with it does not panic.
pub(crate) fn jwk_set(data: &[u8]) {
    if let Ok(set) = JwkSet::parse(data) {
        assert_eq!(JwkSet::parse(data), Ok(set.clone()), "the same bytes, the same keys");
        if let Ok(token) = UnverifiedToken::parse(token()) {
            let _ = token.verify_listed(&set);
        }
    }
}

pub(crate) fn jwk_set_seeds() -> Vec<Vec<u8>> {
    let jwk = Ed25519PublicJwk::from_key(&key().verifying_key());
    let (x, kid) = (&jwk.x, jwk.thumbprint());
    let modulus = "vv8_".repeat(86);
    vec![
        format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"{x}"}}]}}"#).into_bytes(),
        format!(r#"{{"keys":[{{"kty":"RSA","e":"AQAB","n":"{modulus}","use":"sig","alg":"RS256"}}]}}"#)
            .into_bytes(),
        br#"{"keys":[{"kty":"EC","crv":"P-256"},{"kty":"oct","k":"AA","key_ops":["verify"]}]}"#.to_vec(),
    ]
}

/// A key certificate consists of a record and the trust anchor's signature of it. If `data` is accepted as a
/// certificate, as text or as bytes, it is the one that was issued. The anchor also signs `data` as if it were a
/// record: if the result is accepted, issuing a certificate with the content that was read from it gives the same text
/// again.
pub(crate) fn key_certificate(data: &[u8]) {
    let anchor = seed().signing_key();
    let anchors = TrustAnchors::new(vec![TrustAnchor::from(&anchor)]);
    for text in [String::from_utf8_lossy(data).into_owned(), b64url_encode(data)] {
        if key_certificate::verify(&anchors, &text).is_ok() {
            assert_eq!(text, certificate().1);
        }
    }
    let signature = anchor.sign(&[b"mcpbouncer key certificate v1\0", data].concat()).to_bytes();
    let text = b64url_encode(&[data, &signature].concat());
    if let Ok(verified) = key_certificate::verify(&anchors, &text) {
        let certificate =
            KeyCertificate { key: *verified.key(), purpose: verified.purpose(), window: verified.window() };
        assert_eq!(issue(&anchor, &certificate), text, "one text for what is signed");
    }
}

pub(crate) fn key_certificate_seeds() -> Vec<Vec<u8>> {
    let text = certificate().1;
    let bytes = b64url_decode(&text).expect("base64url");
    let (record, signature) = bytes.split_last_chunk::<64>().expect("a signature");
    let weak_key = [&record[..1], &[0; 32], &record[33..]].concat();
    let seeds = [text.as_bytes(), &bytes, record, signature, &weak_key, token().as_bytes()];
    seeds.map(<[u8]>::to_vec).to_vec()
}

/// [`HotKey`] verifies faster, with a table that is computed once. It gives the same result as the library.
pub(crate) fn hot_key(data: &[u8]) {
    static HOT: OnceLock<HotKey> = OnceLock::new();
    let hot = HOT.get_or_init(|| HotKey::new(key().verifying_key()));
    let Some((signature, message)) = data.split_first_chunk::<64>() else { return };
    let usual = hot.key().verify(message, &Signature::from_bytes(signature)).is_ok();
    assert_eq!(hot.verifies(message, signature), usual);
}

pub(crate) fn hot_key_seeds() -> Vec<Vec<u8>> {
    let signed = |message: &[u8]| [&key().sign(message).to_bytes()[..], message].concat();
    vec![signed(b""), signed(b"message"), vec![0; 100]]
}
