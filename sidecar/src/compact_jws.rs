//! A compact JWS (RFC 7515 §7.1) that a provider or a client made, taken apart for the `openidconnect` crate's keys. Our
//! own tokens are read by `protocol::jose`, which knows fewer algorithms and shorter tokens.

use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey as _, SignatureVerificationError};
use protocol::encoding::b64url_decode;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The header parameters that are looked at.
#[derive(Debug, Deserialize)]
pub struct Header {
    /// The algorithm's name.
    pub alg: String,
    /// The key's id.
    pub kid: Option<String>,
    /// What kind of token it is.
    pub typ: Option<String>,
    /// Present if the payload is of a kind of its own.
    pub cty: Option<IgnoredAny>,
    /// Present if it demands what may not be supported.
    pub crit: Option<IgnoredAny>,
}

/// Why a text cannot be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// It has so many parts and not three. Five are those of an encrypted token (RFC 7516 §7.1).
    Parts(usize),
    /// A part is not base64url.
    Encoding,
    /// The header is not the JSON of one.
    Header,
}

/// A token taken apart. Nothing of it is to be believed before its signature was verified.
#[derive(Debug)]
pub struct CompactJws<'a> {
    /// Its header.
    pub header: Header,
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> CompactJws<'a> {
    /// Takes it apart and reads the header.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let parts = text.split('.').count();
        let (Some((message, signature)), 3) = (text.rsplit_once('.'), parts) else {
            return Err(Malformed::Parts(parts));
        };
        let (head, payload) = message.split_once('.').ok_or(Malformed::Parts(parts))?;
        let header = serde_json::from_slice(&decode(head)?).map_err(|_| Malformed::Header)?;
        Ok(Self { header, message, payload, signature })
    }

    /// What is signed.
    pub fn payload(&self) -> Result<Vec<u8>, Malformed> {
        decode(self.payload)
    }

    /// The signature.
    pub fn signature(&self) -> Result<Vec<u8>, Malformed> {
        decode(self.signature)
    }

    /// Whether the header names this key, or none.
    pub fn may_be_by(&self, key: &CoreJsonWebKey) -> bool {
        self.header.kid.is_none() || self.names(key)
    }

    /// Whether the header names this key, or neither has an id.
    pub fn names(&self, key: &CoreJsonWebKey) -> bool {
        key.key_id().map(|kid| kid.as_str()) == self.header.kid.as_deref()
    }

    /// Verifies with one key; its kind and use must be fit for the algorithm.
    pub fn verify(
        &self,
        key: &CoreJsonWebKey,
        algorithm: &CoreJwsSigningAlgorithm,
        signature: &[u8],
    ) -> Result<(), SignatureVerificationError> {
        key.verify_signature(algorithm, self.message.as_bytes(), signature)
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    b64url_decode(text).map_err(|_| Malformed::Encoding)
}
