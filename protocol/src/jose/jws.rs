//! JSON Web Signatures in compact form (RFC 7515 §7.1): reading one, verifying its signature, making one.
//!
//! This module reads signed messages without a JWT library, because the plugin may read a token for every request. A
//! library would read the same header again for every token of a key, and its generic readers were a tenth of the
//! plugin (docs/adr/0002-own-compact-jws.md). Signatures are verified by libraries and by [`own`](super::own).

use super::key::VerifyKey;
use super::own::hot_key::HotKey;
use crate::encoding::{b64url_decode, b64url_encode};
use crate::json::{Json, Object};
use crate::limits::token_format::JWS;
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use serde::Serialize;

/// Longest message that is read, in bytes: more than any token.
const MAX_MESSAGE: usize = JWS.most;
/// Header parameters that name a key of the sender's own, or require processing that is not done here.
const FORBIDDEN: [&str; 6] = ["jku", "jwk", "x5u", "x5c", "crit", "b64"];
/// Why a message is not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JwsError {
    /// The message is not three base64url parts with a JSON header, or is too long.
    #[error("not a compact JWS")]
    Malformed,
    /// The header names a key of the sender's own (`jku`, `x5u`, `x5c`, `jwk`), or requires processing that is not done
    /// here (`crit`, `b64`).
    #[error("the header holds jku, x5u, x5c, jwk, crit or b64")]
    ForbiddenHeader,
}

/// The `alg` of a message, as far as it is known here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// `EdDSA` (RFC 8037).
    EdDsa,
    /// `RS256` (RFC 7518 §3.3).
    Rs256,
    /// Any other algorithm, `none` among them. No key verifies it.
    Other,
}

/// The header parameters that are used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// `alg`.
    pub algorithm: Algorithm,
    /// `typ`.
    pub token_type: Option<String>,
    /// `kid`.
    pub key_id: Option<String>,
    /// `kcert`: the key certificate.
    pub key_certificate: Option<String>,
}

/// The parts of a message. Nothing in it may be relied on before its signature is verified.
#[derive(Clone, Copy, Debug)]
pub struct CompactJws<'a> {
    header: &'a str,
    signed: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> CompactJws<'a> {
    /// Splits a message into its parts.
    pub fn parse(text: &'a str) -> Result<Self, JwsError> {
        if text.len() > MAX_MESSAGE {
            return Err(JwsError::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Malformed)?;
        if payload.bytes().any(|byte| byte == b'.') {
            return Err(JwsError::Malformed);
        }
        Ok(Self { header, signed, payload, signature })
    }

    /// The header, as it is written in the message.
    pub const fn header_text(&self) -> &'a str {
        self.header
    }

    /// Reads the header.
    pub fn header(&self) -> Result<Header, JwsError> {
        let json = b64url_decode(self.header).map_err(|_| JwsError::Malformed)?;
        let object = Object::parse(&json).map_err(|_| JwsError::Malformed)?;
        if FORBIDDEN.iter().any(|name| object.get(name).is_some()) {
            return Err(JwsError::ForbiddenHeader);
        }
        let text =
            |name| object.text(name).map(|text| text.map(str::to_owned)).map_err(|_| JwsError::Malformed);
        let algorithm = match object.get("alg") {
            Some(Json::Text(name)) if name == "EdDSA" => Algorithm::EdDsa,
            Some(Json::Text(name)) if name == "RS256" => Algorithm::Rs256,
            Some(Json::Text(_)) => Algorithm::Other,
            _ => return Err(JwsError::Malformed),
        };
        Ok(Header {
            algorithm,
            token_type: text("typ")?,
            key_id: text("kid")?,
            key_certificate: text("kcert")?,
        })
    }

    /// Returns the payload if this Ed25519 key signed the message. The caller must have checked that `alg` is `EdDSA`.
    pub fn verified_by(&self, key: &VerifyingKey) -> Option<Vec<u8>> {
        let signature = Signature::from_slice(&b64url_decode(self.signature).ok()?).ok()?;
        key.verify(self.signed.as_bytes(), &signature).ok()?;
        b64url_decode(self.payload).ok()
    }

    /// Does the same as [`CompactJws::verified_by`], faster, with a key whose multiples are computed in advance.
    pub fn verified_by_hot(&self, key: &HotKey) -> Option<Vec<u8>> {
        let signature = <[u8; 64]>::try_from(b64url_decode(self.signature).ok()?).ok()?;
        if key.verifies(self.signed.as_bytes(), &signature) { b64url_decode(self.payload).ok() } else { None }
    }

    /// Returns the payload if this key signed the message. `algorithm`, which the message names, must be the key's own.
    pub fn verified_by_any(&self, key: &VerifyKey, algorithm: Algorithm) -> Option<Vec<u8>> {
        match (key, algorithm) {
            (VerifyKey::Ed25519(key), Algorithm::EdDsa) => self.verified_by(key),
            (VerifyKey::Rsa(key), Algorithm::Rs256) => {
                let signature = b64url_decode(self.signature).ok()?;
                if key.verifies(self.signed.as_bytes(), &signature) {
                    b64url_decode(self.payload).ok()
                } else {
                    None
                }
            }
            _ => None,
        }
    }
}

/// The header of a message that is signed here.
#[derive(Serialize)]
struct WrittenHeader<'a> {
    alg: &'static str,
    typ: &'a str,
    kid: &'a str,
    kcert: &'a str,
}

/// The signing input of a message (RFC 7515 §5.1): its header, which says `EdDSA`, and its payload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SigningInput(String);

impl SigningInput {
    /// Encodes the header and the claims.
    #[expect(clippy::missing_panics_doc, reason = "it cannot panic")]
    #[expect(clippy::expect_used, reason = "only strings, numbers and lists of them are signed")]
    pub fn new<T: Serialize>(typ: &str, kid: &str, kcert: &str, claims: &T) -> Self {
        let header = WrittenHeader { alg: "EdDSA", typ, kid, kcert };
        let mut text = b64url_encode(&serde_json::to_vec(&header).expect("serialisable"));
        text.push('.');
        text.push_str(&b64url_encode(&serde_json::to_vec(claims).expect("serialisable")));
        Self(text)
    }

    /// The number of characters of the message with its signature.
    pub const fn signed_len(&self) -> usize {
        // A dot, and 64 bytes in base64url.
        self.0.len() + 1 + 86
    }

    /// Returns the message with its signature.
    pub fn sign(self, key: &SigningKey) -> String {
        let Self(mut text) = self;
        let signature = key.sign(text.as_bytes());
        text.push('.');
        text.push_str(&b64url_encode(&signature.to_bytes()));
        text
    }
}

/// Signs claims with `EdDSA`.
pub fn sign<T: Serialize>(key: &SigningKey, typ: &str, kid: &str, kcert: &str, claims: &T) -> String {
    SigningInput::new(typ, kid, kcert, claims).sign(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::key::JwkSet;

    /// The example of RFC 8037 appendix A is verified.
    #[test]
    fn ed25519_vector() {
        let set =
            r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
        let text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let set = JwkSet::parse(set.as_bytes()).unwrap();
        let jws = CompactJws::parse(text).unwrap();
        assert_eq!(jws.header().unwrap().algorithm, Algorithm::EdDsa);
        let payload = jws.verified_by_any(set.only().unwrap(), Algorithm::EdDsa);
        assert_eq!(payload.as_deref(), Some(&b"Example of Ed25519 signing"[..]));
        assert_eq!(jws.verified_by_any(set.only().unwrap(), Algorithm::Rs256), None);
    }

    /// The example of RFC 7515 appendix A.2 is verified.
    #[test]
    fn rs256_vector() {
        let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
        let text = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        let set = format!(r#"{{"keys":[{{"kty":"RSA","n":"{n}","e":"AQAB"}}]}}"#);
        let set = JwkSet::parse(set.as_bytes()).unwrap();
        let jws = CompactJws::parse(text).unwrap();
        assert_eq!(jws.header().unwrap().algorithm, Algorithm::Rs256);
        let payload = jws.verified_by_any(set.only().unwrap(), Algorithm::Rs256).unwrap();
        assert!(payload.starts_with(br#"{"iss":"joe","#));
        let other = text.replace("eyJpc3Mi", "eyJpc3Nj");
        assert_eq!(
            CompactJws::parse(&other).unwrap().verified_by_any(set.only().unwrap(), Algorithm::Rs256),
            None
        );
        let cut = text.get(..text.len() - 4).unwrap();
        assert_eq!(
            CompactJws::parse(cut).unwrap().verified_by_any(set.only().unwrap(), Algorithm::Rs256),
            None
        );
    }

    #[test]
    fn messages_without_exactly_three_parts_are_refused() {
        for bad in ["", ".", "a", "a.b", "a.b.c.d", &"a".repeat(MAX_MESSAGE + 1)] {
            assert!(CompactJws::parse(bad).is_err(), "{bad}");
        }
        for header in
            ["", "{", "[]", "{}", r#"{"alg":1}"#, r#"{"alg":"EdDSA","kid":1}"#, r#"{"alg":"a","alg":"b"}"#]
        {
            let text = [&b64url_encode(header.as_bytes()), ".."].concat();
            assert_eq!(CompactJws::parse(&text).unwrap().header(), Err(JwsError::Malformed), "{header}");
        }
    }
}
