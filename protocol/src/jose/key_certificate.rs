//! Key certificates: how the trust anchor vouches for a signing key inside each token, so that whoever
//! knows the anchor needs to fetch nothing.
//!
//! A key certificate is a compact JWS (`typ` `mcpb-kcert`, `EdDSA`) that stands in the private header
//! parameter `kcert` of access tokens.

use super::anchor::TrustAnchors;
use super::jws::{Algorithm, CompactJws, JwsError, sign};
use super::key::Ed25519PublicJwk;
use crate::json::{Json, Object};
use crate::time::{CLOCK_SKEW, UnixTime};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::Serialize;

/// The `typ` of a key certificate.
const TYPE: &str = "mcpb-kcert";
/// The version written and read.
const VERSION: u32 = 1;

/// What the trust anchor signs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct KeyCertificate {
    /// Format version, 1.
    pub v: u32,
    /// The signing key vouched for.
    pub jwk: Ed25519PublicJwk,
    /// The earliest `iat` of a token under this key.
    pub nbf: UnixTime,
    /// The latest `iat` of a token under this key.
    pub sign_until: UnixTime,
    /// When the last such token is over, clock skew included.
    pub exp: UnixTime,
}

impl KeyCertificate {
    /// A certificate for a key that signs from `nbf` to `sign_until` tokens that live for
    /// `token_lifetime` seconds.
    pub fn new(key: &VerifyingKey, nbf: UnixTime, sign_until: UnixTime, token_lifetime: u64) -> Self {
        Self {
            v: VERSION,
            jwk: Ed25519PublicJwk::from_key(key),
            nbf,
            sign_until,
            exp: sign_until.plus(token_lifetime).plus(CLOCK_SKEW),
        }
    }
}

/// Signs the certificate with the trust anchor.
pub fn issue(anchor: &SigningKey, certificate: &KeyCertificate) -> String {
    sign(anchor, TYPE, (None, None), certificate)
}

/// Why a key certificate does not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyCertificateError {
    /// Not a compact JWS that may be read.
    #[error("key certificate: {0}")]
    Jws(#[from] JwsError),
    /// `typ` is not `mcpb-kcert`.
    #[error("key certificate: typ is not mcpb-kcert")]
    Type,
    /// No configured trust anchor signed it.
    #[error("key certificate: not signed by a configured trust anchor")]
    Signature,
    /// A member is missing, of another version, out of order, or its key is unsound.
    #[error("key certificate: malformed content")]
    Content,
}

/// Proof that a trust anchor vouches for a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifiedKeyCertificate {
    key: VerifyingKey,
    thumbprint: String,
    window: SigningWindow,
}

/// The times within which a certified key counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SigningWindow {
    /// The earliest `iat`.
    pub nbf: UnixTime,
    /// The latest `iat`.
    pub sign_until: UnixTime,
    /// The latest `exp`, and the end of all use.
    pub exp: UnixTime,
}

impl VerifiedKeyCertificate {
    /// The key vouched for.
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Its RFC 7638 thumbprint, which a token's `kid` must be.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// When it may have signed, to be judged again at every use.
    pub const fn window(&self) -> SigningWindow {
        self.window
    }
}

/// Verifies a certificate's signature and content. Times are judged at use, against the token.
pub fn verify(anchors: &TrustAnchors, text: &str) -> Result<VerifiedKeyCertificate, KeyCertificateError> {
    let jws = CompactJws::parse(text)?;
    let header = jws.header()?;
    if header.token_type.as_deref() != Some(TYPE) {
        return Err(KeyCertificateError::Type);
    }
    if header.algorithm != Algorithm::EdDsa {
        return Err(KeyCertificateError::Signature);
    }
    let payload = anchors.iter().find_map(|anchor| jws.verified_by(anchor.verifying_key()));
    read(&payload.ok_or(KeyCertificateError::Signature)?).ok_or(KeyCertificateError::Content)
}

/// Reads what an anchor signed; `None` if it makes no sense.
fn read(payload: &[u8]) -> Option<VerifiedKeyCertificate> {
    let body = Object::parse(payload).ok()?;
    let time = |name| body.whole(name).ok()?.map(UnixTime::new);
    let window = SigningWindow { nbf: time("nbf")?, sign_until: time("sign_until")?, exp: time("exp")? };
    let ordered = window.nbf <= window.sign_until && window.sign_until <= window.exp;
    if body.whole("v").ok()? != Some(u64::from(VERSION)) || !ordered {
        return None;
    }
    let Some(Json::Object(jwk)) = body.get("jwk") else { return None };
    let text = |name| jwk.text(name).ok()?.map(str::to_owned);
    let jwk = Ed25519PublicJwk { kty: text("kty")?, crv: text("crv")?, x: text("x")? };
    let key = jwk.to_key().ok()?;
    Some(VerifiedKeyCertificate { key, thumbprint: jwk.thumbprint(), window })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::b64url_encode;
    use crate::jose::anchor::TrustAnchor;

    const NBF: UnixTime = UnixTime::new(1_000);
    const UNTIL: UnixTime = UnixTime::new(2_000);

    fn anchor(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn anchors(bytes: &[u8]) -> TrustAnchors {
        TrustAnchors::new(bytes.iter().map(|byte| TrustAnchor::from(&anchor(*byte))).collect())
    }

    fn certificate() -> KeyCertificate {
        KeyCertificate::new(&anchor(9).verifying_key(), NBF, UNTIL, 3_600)
    }

    #[test]
    fn any_configured_anchor_vouches() {
        let text = issue(&anchor(1), &certificate());
        let verified = verify(&anchors(&[2, 1]), &text).unwrap();
        assert_eq!(verified.key(), &anchor(9).verifying_key());
        assert_eq!(verified.thumbprint(), certificate().jwk.thumbprint());
        let window = verified.window();
        assert_eq!((window.nbf, window.sign_until, window.exp), (NBF, UNTIL, UnixTime::new(5_660)));
        assert_eq!(verify(&anchors(&[2]), &text), Err(KeyCertificateError::Signature));
    }

    #[test]
    fn content_must_make_sense() {
        let bad = |change: fn(&mut KeyCertificate)| {
            let mut certificate = certificate();
            change(&mut certificate);
            verify(&anchors(&[1]), &issue(&anchor(1), &certificate))
        };
        let content = Err(KeyCertificateError::Content);
        assert_eq!(bad(|c| c.v = 2), content);
        assert_eq!(bad(|c| c.nbf = UNTIL.plus(1)), content);
        assert_eq!(bad(|c| c.exp = UNTIL.minus(1)), content);
        assert_eq!(bad(|c| c.jwk.x = b64url_encode(&[0; 32])), content);
        assert_eq!(bad(|c| c.jwk.crv = "X25519".to_owned()), content);
    }

    #[test]
    fn a_certificate_says_that_it_is_signed_with_eddsa() {
        use ed25519_dalek::Signer as _;
        let issued = issue(&anchor(1), &certificate());
        let payload = issued.split('.').nth(1).unwrap();
        for (alg, counts) in [("EdDSA", true), ("none", false), ("RS256", false), ("ES256", false)] {
            let header = b64url_encode(format!(r#"{{"alg":"{alg}","typ":"mcpb-kcert"}}"#).as_bytes());
            let signed = [&header, payload].join(".");
            let signature = b64url_encode(&anchor(1).sign(signed.as_bytes()).to_bytes());
            let verified = verify(&anchors(&[1]), &[signed, signature].join("."));
            assert_eq!(verified.is_ok(), counts, "{alg}");
        }
    }

    #[test]
    fn a_token_is_no_certificate() {
        let text = sign(&anchor(1), "at+jwt", (None, None), &certificate());
        assert_eq!(verify(&anchors(&[1]), &text), Err(KeyCertificateError::Type));
        assert_eq!(verify(&anchors(&[1]), "a.b"), Err(JwsError::Malformed.into()));
    }
}
