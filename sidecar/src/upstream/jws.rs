//! Verifies signatures made by a provider (RFC 7515). The `openidconnect` crate represents the keys.

use openidconnect::SignatureVerificationError;
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Alg};

use super::error::UpstreamError;
use crate::compact_jws::{CompactJws, Malformed};

/// The accepted algorithms, all asymmetric. With a shared secret, everyone who knows it could sign; with `none`,
/// everyone could.
const ALGORITHMS: [(&str, Alg); 9] = [
    ("RS256", Alg::RsaSsaPkcs1V15Sha256),
    ("RS384", Alg::RsaSsaPkcs1V15Sha384),
    ("RS512", Alg::RsaSsaPkcs1V15Sha512),
    ("PS256", Alg::RsaSsaPssSha256),
    ("PS384", Alg::RsaSsaPssSha384),
    ("PS512", Alg::RsaSsaPssSha512),
    ("ES256", Alg::EcdsaP256Sha256),
    ("ES384", Alg::EcdsaP384Sha384),
    ("EdDSA", Alg::EdDsa),
];
/// Returns the names of the accepted algorithms.
pub(super) fn algorithms() -> impl Iterator<Item = &'static str> {
    ALGORITHMS.iter().map(|(name, _)| *name)
}

/// The maximum number of keys that are tried for one token.
const KEYS: usize = 32;
/// Advice for the operator about an algorithm that is not supported.
const CHOOSE: &str = "choose RS256, ES256 or EdDSA for this client's id_token at the provider";

/// Why a token is invalid.
#[derive(Debug)]
pub enum IdTokenError {
    /// No key of the key set verifies the token; a newer set may have one.
    UnknownKey,
    /// The token is invalid for any other reason. The text quotes nothing from the token except the cleaned name of an
    /// algorithm.
    Invalid(String),
}

impl From<IdTokenError> for UpstreamError {
    fn from(error: IdTokenError) -> Self {
        match error {
            IdTokenError::UnknownKey => {
                Self::Unverifiable("the id_token: the provider's jwks_uri has no key that fits it".to_owned())
            }
            IdTokenError::Invalid(why) => Self::Unverifiable(format!("the id_token: {why}")),
        }
    }
}

/// Returns an [`IdTokenError::Invalid`] with this reason.
pub(super) fn invalid(why: &str) -> IdTokenError {
    IdTokenError::Invalid(why.to_owned())
}

impl From<Malformed> for IdTokenError {
    fn from(malformed: Malformed) -> Self {
        invalid(match malformed {
            Malformed::Parts(5) => {
                "it is encrypted, which is not supported: turn that off for this client at the provider"
            }
            Malformed::Parts(_) => "it is not a JWT",
            Malformed::Encoding => "it is not a JWT in base64url",
            Malformed::Header => "its header is not a valid JWS header",
        })
    }
}

/// A payload whose signature was verified.
#[derive(Debug)]
pub(super) struct Signed {
    /// The algorithm, one of [`ALGORITHMS`].
    pub(super) alg: &'static str,
    /// The signed bytes.
    pub(super) payload: Vec<u8>,
}

/// Verifies the signature of a compact JWS whose `typ` is JWT or absent.
pub(super) fn open(token: &str, keys: &CoreJsonWebKeySet) -> Result<Signed, IdTokenError> {
    let jws = CompactJws::parse(token)?;
    // An access token (`at+jwt`) or a logout token is not an `id_token`, whoever signed it (RFC 8725 §3.11).
    if jws.header.typ.as_deref().is_some_and(|typ| !is_type(typ, "JWT")) {
        return Err(invalid("its type (typ) is not JWT"));
    }
    verified(&jws, keys)
}

/// Verifies the signature of a compact JWS whose `typ` is exactly this one.
pub(super) fn open_as(token: &str, keys: &CoreJsonWebKeySet, typ: &str) -> Result<Signed, IdTokenError> {
    let jws = CompactJws::parse(token)?;
    if !jws.header.typ.as_deref().is_some_and(|named| is_type(named, typ)) {
        return Err(IdTokenError::Invalid(format!("its type (typ) is not {typ}")));
    }
    verified(&jws, keys)
}

/// Whether `named` is the media type `typ`, with or without the prefix `application/` (RFC 7515 §4.1.9).
fn is_type(named: &str, typ: &str) -> bool {
    let prefix = "application/";
    let has_prefix = named.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let named = if has_prefix { named.get(prefix.len()..).unwrap_or_default() } else { named };
    named.eq_ignore_ascii_case(typ)
}

fn verified(jws: &CompactJws<'_>, keys: &CoreJsonWebKeySet) -> Result<Signed, IdTokenError> {
    let header = &jws.header;
    let (alg, algorithm) = algorithm(&header.alg)?;
    if header.crit.is_some() || header.cty.is_some() {
        return Err(invalid("its header has a parameter that is not supported (crit or cty)"));
    }
    let (payload, signature) = (jws.payload()?, jws.signature()?);
    let mut fits = false;
    for key in keys.keys().iter().filter(|key| jws.may_be_by(key)).take(KEYS) {
        match jws.verify(key, &algorithm, &signature) {
            Ok(()) => return Ok(Signed { alg, payload }),
            Err(SignatureVerificationError::CryptoError(_)) => fits = true,
            // The key is of another type, or for another use or algorithm.
            Err(_) => {}
        }
    }
    if fits && header.kid.is_some() {
        Err(invalid("its signature is wrong"))
    } else {
        Err(IdTokenError::UnknownKey)
    }
}

fn algorithm(name: &str) -> Result<(&'static str, Alg), IdTokenError> {
    if let Some((name, algorithm)) = ALGORITHMS.iter().find(|(known, _)| *known == name) {
        return Ok((*name, algorithm.clone()));
    }
    let shown: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(16).collect();
    Err(match name {
        "none" => invalid("it is not signed"),
        "HS256" | "HS384" | "HS512" => IdTokenError::Invalid(format!(
            "it is signed with {shown}, a secret that the provider and its clients share, which is not supported: {CHOOSE}"
        )),
        _ => IdTokenError::Invalid(format!("it is signed with {shown}, which is not supported: {CHOOSE}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer as _, SigningKey};
    use protocol::encoding::b64url_encode;
    use protocol::secret::hmac_sha256;
    use serde_json::{Value, json};

    fn signing_key(number: usize) -> SigningKey {
        SigningKey::from_bytes(&protocol::encoding::sha256(&number.to_be_bytes()))
    }

    fn public(number: usize) -> Value {
        let x = b64url_encode(signing_key(number).verifying_key().as_bytes());
        json!({"kty": "OKP", "crv": "Ed25519", "x": x})
    }

    fn set(keys: &[Value]) -> CoreJsonWebKeySet {
        serde_json::from_value(json!({ "keys": keys })).unwrap()
    }

    /// Makes a token whose header names no key.
    fn signed(alg: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
        let head = json!({ "alg": alg }).to_string();
        let message = [b64url_encode(head.as_bytes()), b64url_encode(b"{}")].join(".");
        let signature = sign(message.as_bytes());
        [message, b64url_encode(&signature)].join(".")
    }

    #[test]
    fn a_token_that_names_no_key_is_tried_with_few() {
        let keys = set(&(0..=KEYS).map(public).collect::<Vec<_>>());
        let by = |number| signed("EdDSA", |message| signing_key(number).sign(message).to_bytes().to_vec());
        assert!(open(&by(KEYS - 1), &keys).is_ok());
        assert!(matches!(open(&by(KEYS), &keys), Err(IdTokenError::UnknownKey)));
    }

    /// A token cannot be verified with a symmetric key that was published by mistake, nor with the bytes of a public
    /// key as a shared secret.
    #[test]
    fn a_shared_secret_proves_nothing() {
        let keys = set(&[json!({"kty": "oct", "k": b64url_encode(b"shared")}), public(0)]);
        let public_key = signing_key(0).verifying_key();
        for secret in [&b"shared"[..], public_key.as_bytes()] {
            let token = signed("HS256", |message| hmac_sha256(secret, message).to_vec());
            assert!(
                matches!(open(&token, &keys), Err(IdTokenError::Invalid(why)) if why.contains("HS256, a secret"))
            );
        }
        let token = signed("none", |_| Vec::new());
        assert!(matches!(open(&token, &keys), Err(IdTokenError::Invalid(why)) if why == "it is not signed"));
    }
}
