//! The public key of a proof, which its header holds as a JWK (RFC 9449 §4.2).

use crate::encoding::{b64url_decode, b64url_encode, sha256};
use crate::jose::jws::CompactJws;
use crate::jose::key::Ed25519PublicJwk;
use crate::json::Object;
use ed25519_dalek::VerifyingKey;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::ecdsa::{Signature, VerifyingKey as P256Key};

/// The SHA-256 thumbprint of a public key (RFC 7638).
pub type Thumbprint = [u8; 32];

/// The algorithms with which a proof may be signed, as metadata list them.
pub const ALGORITHMS: [&str; 2] = ["ES256", "EdDSA"];

/// Members of private and of symmetric keys (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A key that verifies a proof.
pub(super) enum ProofKey {
    P256(P256Key),
    Ed25519(VerifyingKey),
}

impl ProofKey {
    /// Reads the key for this `alg`, and its thumbprint. `None` if it is malformed, private, or for another algorithm.
    pub(super) fn read(jwk: &Object<'_>, algorithm: &str) -> Option<(Self, Thumbprint)> {
        if PRIVATE.iter().any(|name| jwk.get(name).is_some()) {
            return None;
        }
        let text = |name| jwk.text(name).ok().flatten();
        match (text("kty")?, text("crv")?, algorithm) {
            ("EC", "P-256", "ES256") => {
                let coordinate = |name| <[u8; 32]>::try_from(b64url_decode(text(name)?).ok()?).ok();
                let (x, y) = (coordinate("x")?, coordinate("y")?);
                let key = P256Key::from_sec1_bytes(&[&[4][..], &x, &y].concat()).ok()?;
                let (x, y) = (b64url_encode(&x), b64url_encode(&y));
                let json = [r#"{"crv":"P-256","kty":"EC","x":""#, &x, r#"","y":""#, &y, r#""}"#].concat();
                Some((Self::P256(key), sha256(json.as_bytes())))
            }
            ("OKP", "Ed25519", "EdDSA" | "Ed25519") => {
                let jwk = Ed25519PublicJwk {
                    kty: "OKP".to_owned(),
                    crv: "Ed25519".to_owned(),
                    x: text("x")?.to_owned(),
                };
                let key = jwk.to_key().ok()?;
                let thumbprint = b64url_decode(&Ed25519PublicJwk::from_key(&key).thumbprint()).ok()?;
                Some((Self::Ed25519(key), thumbprint.try_into().ok()?))
            }
            _ => None,
        }
    }

    /// The payload, if this key signed the message.
    pub(super) fn payload_of(&self, proof: &CompactJws<'_>) -> Option<Vec<u8>> {
        match self {
            Self::Ed25519(key) => proof.verified_by(key),
            Self::P256(key) => proof.verified_with(|signed, signature| {
                let signature = Signature::from_slice(signature);
                signature.is_ok_and(|signature| key.verify_prehash(&sha256(signed), &signature).is_ok())
            }),
        }
    }
}
