//! Parses a compact JWS (RFC 7515 §7.1) made by a provider or a client, and verifies it with a key parsed by the
//! `openidconnect` crate. The server's own tokens are parsed by `protocol::jose`, which accepts fewer algorithms and a
//! smaller size.

use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey as _, SignatureVerificationError};
use protocol::encoding::b64url_decode;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The header parameters that this server reads (RFC 7515 §4.1).
#[derive(Debug, Deserialize)]
pub struct Header {
    /// The algorithm.
    pub alg: String,
    /// The key id.
    pub kid: Option<String>,
    /// The media type of the token.
    pub typ: Option<String>,
    /// Present if the payload has a content type, as a nested JWT does.
    pub cty: Option<IgnoredAny>,
    /// Present if the token requires extensions to be understood.
    pub crit: Option<IgnoredAny>,
}

/// Why a text is not a compact JWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// The text has this number of parts instead of three. An encrypted token has five (RFC 7516 §7.1).
    Parts(usize),
    /// A part is not valid base64url.
    Encoding,
    /// The header is not a JSON object with the required parameters.
    Header,
}

/// A parsed token. Do not trust any of it before its signature has been verified.
#[derive(Debug)]
pub struct CompactJws<'a> {
    /// The header.
    pub header: Header,
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> CompactJws<'a> {
    /// Splits the token into its parts and parses the header.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let parts = text.split('.').count();
        let (Some((message, signature)), 3) = (text.rsplit_once('.'), parts) else {
            return Err(Malformed::Parts(parts));
        };
        let (head, payload) = message.split_once('.').ok_or(Malformed::Parts(parts))?;
        let header = serde_json::from_slice(&decode(head)?).map_err(|_| Malformed::Header)?;
        Ok(Self { header, message, payload, signature })
    }

    /// Decodes the payload.
    pub fn payload(&self) -> Result<Vec<u8>, Malformed> {
        decode(self.payload)
    }

    /// Decodes the signature.
    pub fn signature(&self) -> Result<Vec<u8>, Malformed> {
        decode(self.signature)
    }

    /// Whether this key may have signed the token: the header's `kid` is absent or is the key's.
    pub fn may_be_by(&self, key: &CoreJsonWebKey) -> bool {
        self.header.kid.is_none() || self.names(key)
    }

    /// Whether the header's `kid` equals the key's id; true as well if both are absent.
    pub fn names(&self, key: &CoreJsonWebKey) -> bool {
        key.key_id().map(|kid| kid.as_str()) == self.header.kid.as_deref()
    }

    /// Verifies the signature with one key. Fails if the key's type or use does not fit the algorithm.
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
