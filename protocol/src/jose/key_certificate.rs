//! Key certificates, by which the trust anchor vouches for signing keys. Each access token carries the certificate of
//! its key, so a verifier that knows the anchor has to fetch nothing.
//!
//! A key certificate is the private header parameter `kcert`: base64url without padding of
//!
//! | bytes | field |
//! |---|---|
//! | 1 | what the key may sign: 1 for access tokens, 2 for personal access tokens |
//! | 32 | the public key that signs tokens, Ed25519 |
//! | 4 | `nbf`: the earliest `iat` of a token under this key |
//! | 4 | `sign_until`: the latest `iat` of a token under this key |
//! | 4 | `exp`: the latest `exp` of a token under this key |
//! | 64 | the trust anchor's Ed25519 signature over [`DOMAIN`] and the 45 bytes before |
//!
//! Times are seconds since 1970, unsigned and big-endian. Four bytes suffice until 2106. A fifth byte in each time
//! would make every token five characters longer; a later version can add it, because a certificate is valid for weeks.

use super::anchor::TrustAnchors;
use super::key::{Ed25519PublicJwk, ed25519_key};
use crate::encoding::{b64url_decode, b64url_encode};
use crate::time::{CLOCK_SKEW, UnixTime};
use ed25519_dalek::{
    PUBLIC_KEY_LENGTH, SIGNATURE_LENGTH, Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey,
};
use serde::{Deserialize, Serialize};

/// Precedes the record, which is the certificate without the signature, in the message that the anchor signs. No other
/// message that an anchor signs begins with this text, so no other signature makes a certificate.
const DOMAIN: &[u8] = b"mcpbouncer key certificate v1\0";
/// Length of the record in bytes.
const RECORD: usize = 1 + PUBLIC_KEY_LENGTH + 3 * size_of::<u32>();
/// Length of a certificate in characters.
pub const LENGTH: usize = ((RECORD + SIGNATURE_LENGTH) * 8).div_ceil(6);

/// What a certified key may sign. The purpose is the first byte of the record. A reader that does not know a purpose
/// refuses the certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Access tokens for clients. Such a token lives for a day at most.
    #[default]
    AccessTokens = 1,
    /// Personal access tokens. Such a token lives for at most [`MOST_SECS`](crate::personal_token::MOST_SECS) seconds.
    PersonalTokens = 2,
}

/// A signing key, what it may sign, and the times for which the trust anchor vouches for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyCertificate {
    /// The signing key.
    pub key: VerifyingKey,
    /// What the key may sign.
    pub purpose: KeyPurpose,
    /// The times for which the key may sign.
    pub window: SigningWindow,
}

/// The times for which a certified key may sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SigningWindow {
    /// The earliest `iat` of a token under the key.
    pub nbf: UnixTime,
    /// The latest `iat` of a token under the key.
    pub sign_until: UnixTime,
    /// The latest `exp` of a token under the key: that of the last token, plus the clock skew.
    pub exp: UnixTime,
}

impl KeyCertificate {
    /// A certificate for a key that signs access tokens from `nbf` to `sign_until`. Each token is valid for
    /// `token_lifetime` seconds.
    pub const fn new(key: &VerifyingKey, nbf: UnixTime, sign_until: UnixTime, token_lifetime: u64) -> Self {
        let exp = sign_until.plus(token_lifetime).plus(CLOCK_SKEW);
        Self { key: *key, purpose: KeyPurpose::AccessTokens, window: SigningWindow { nbf, sign_until, exp } }
    }

    /// The same certificate with this purpose.
    #[must_use]
    pub const fn for_purpose(self, purpose: KeyPurpose) -> Self {
        Self { purpose, ..self }
    }

    /// The key's RFC 7638 thumbprint, which is the `kid` of its tokens.
    pub fn thumbprint(&self) -> String {
        Ed25519PublicJwk::from_key(&self.key).thumbprint()
    }

    fn record(&self) -> Vec<u8> {
        let SigningWindow { nbf, sign_until, exp } = self.window;
        // A time that does not fit into four bytes becomes the last time that does. The order stays, and no time gets
        // later.
        let time = |time: UnixTime| u32::try_from(time.as_secs()).unwrap_or(u32::MAX).to_be_bytes();
        [&[self.purpose as u8][..], self.key.as_bytes(), &time(nbf), &time(sign_until), &time(exp)].concat()
    }

    /// Reads a record that an anchor signed.
    fn from_record(record: &[u8]) -> Option<Self> {
        let (purpose, rest) = record.split_first()?;
        let purpose = match purpose {
            1 => KeyPurpose::AccessTokens,
            2 => KeyPurpose::PersonalTokens,
            _ => return None,
        };
        let (key, rest) = rest.split_first_chunk::<PUBLIC_KEY_LENGTH>()?;
        let (nbf, rest) = read_time(rest)?;
        let (sign_until, rest) = read_time(rest)?;
        let (exp, _) = read_time(rest)?;
        if nbf > sign_until || sign_until > exp {
            return None;
        }
        Some(Self { key: ed25519_key(key).ok()?, purpose, window: SigningWindow { nbf, sign_until, exp } })
    }
}

fn read_time(bytes: &[u8]) -> Option<(UnixTime, &[u8])> {
    let (time, rest) = bytes.split_first_chunk()?;
    Some((UnixTime::new(u32::from_be_bytes(*time).into()), rest))
}

/// Signs the certificate with the trust anchor.
pub fn issue(anchor: &SigningKey, certificate: &KeyCertificate) -> String {
    let record = certificate.record();
    let signature = anchor.sign(&message(&record)).to_bytes();
    b64url_encode(&[&record[..], &signature].concat())
}

/// The message that the anchor signs.
fn message(record: &[u8]) -> Vec<u8> {
    [DOMAIN, record].concat()
}

/// Why a key certificate is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyCertificateError {
    /// The certificate has the wrong length, or is not base64url.
    #[error("its key certificate has the wrong length or is not base64url")]
    Malformed,
    /// No configured trust anchor signed the certificate.
    #[error("its key certificate is not signed by a configured trust anchor")]
    Signature,
    /// The certificate's purpose is unknown, its times are out of order, or its key is weak or not an Ed25519 key.
    #[error("its key certificate has an unknown purpose, an unusable key or times out of order")]
    Content,
}

/// Proof that a trust anchor vouches for a key. Only [`verify`] makes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifiedKeyCertificate {
    certificate: KeyCertificate,
    thumbprint: String,
}

impl VerifiedKeyCertificate {
    /// The certified key.
    pub const fn key(&self) -> &VerifyingKey {
        &self.certificate.key
    }

    /// The key's RFC 7638 thumbprint, which must be the `kid` of its tokens.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// What the key may sign.
    pub const fn purpose(&self) -> KeyPurpose {
        self.certificate.purpose
    }

    /// The times for which the key may sign. Compare them with the token and the clock at every use.
    pub const fn window(&self) -> SigningWindow {
        self.certificate.window
    }
}

/// Verifies a certificate's signature and content. The caller compares the certificate's times with a token's at each
/// use.
///
/// Only one text is accepted for the same record and signature: the length is fixed, and [`b64url_decode`] refuses
/// padding and trailing bits that are not zero.
pub fn verify(anchors: &TrustAnchors, text: &str) -> Result<VerifiedKeyCertificate, KeyCertificateError> {
    if text.len() != LENGTH {
        return Err(KeyCertificateError::Malformed);
    }
    let bytes = b64url_decode(text).map_err(|_| KeyCertificateError::Malformed)?;
    let (record, signature) = bytes.split_last_chunk().ok_or(KeyCertificateError::Malformed)?;
    let (message, signature) = (message(record), Signature::from_bytes(signature));
    if !anchors.iter().any(|anchor| anchor.verifying_key().verify(&message, &signature).is_ok()) {
        return Err(KeyCertificateError::Signature);
    }
    let certificate = KeyCertificate::from_record(record).ok_or(KeyCertificateError::Content)?;
    Ok(VerifiedKeyCertificate { thumbprint: certificate.thumbprint(), certificate })
}

#[cfg(test)]
mod tests;
