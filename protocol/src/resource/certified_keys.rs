//! Signing keys that a trust anchor vouches for: each certificate is verified once, and the header that all
//! tokens of a key share is compared from then on and not read.

use super::token_table::Tagged;
use super::verifier::VerifyError;
use crate::jose::anchor::TrustAnchors;
use crate::jose::jws::CompactJws;
use crate::jose::key_certificate::{KeyCertificateError, VerifiedKeyCertificate, verify};
use crate::jose::token::{CertifiedHeader, SignatureValid, TokenError, UnverifiedToken};

/// Most keys kept: the active and retiring keys of a tenant, with room to spare.
const MAX_KEYS: usize = 8;
/// How an `Authorization` header of a known key begins. Any other spelling is read anew.
const SCHEME: &[u8] = b"Bearer ";

/// A bounded list; the key that came first goes first. Only what an anchor signed gets in. Times are validated
/// with each token.
pub struct CertifiedKeys {
    anchors: Option<TrustAnchors>,
    keys: Vec<CertifiedKey>,
    /// The number given last.
    numbers: u64,
}

struct CertifiedKey {
    /// The certificate as tokens carry it.
    text: Box<str>,
    certificate: VerifiedKeyCertificate,
    /// The header of a token that this key signed, with a number of its own.
    header: Option<(u64, CertifiedHeader)>,
}

impl CertifiedKeys {
    /// No keys yet.
    pub const fn new(anchors: Option<TrustAnchors>) -> Self {
        Self { anchors, keys: Vec::new(), numbers: 0 }
    }

    /// Verifies a token whose header was seen before. `None`: it was not.
    pub fn verify_known(&mut self, jws: &CompactJws<'_>) -> Option<Result<SignatureValid, TokenError>> {
        let headers = self.keys.iter_mut().filter_map(|key| key.header.as_mut());
        headers.map(|(_, header)| header).find_map(|header| header.verify(jws))
    }

    /// Verifies a token that carries a key certificate. `None`: it carries none, or there is no anchor.
    pub fn verify(
        &mut self,
        jws: &CompactJws<'_>,
        token: &UnverifiedToken<'_>,
    ) -> Option<Result<SignatureValid, VerifyError>> {
        let text = token.key_certificate()?;
        self.anchors.as_ref()?;
        Some(self.verify_with(text, jws, token))
    }

    fn verify_with(
        &mut self,
        text: &str,
        jws: &CompactJws<'_>,
        token: &UnverifiedToken<'_>,
    ) -> Result<SignatureValid, VerifyError> {
        let number = self.numbers + 1;
        let key = self.certified(text)?;
        let mut header = token.certified(key.certificate.clone())?;
        let proof = header.verify(jws).unwrap_or(Err(TokenError::KeyId))?;
        // Only of a token that this key signed, so nobody else can put another in its place.
        key.header = Some((number, header));
        self.numbers = number;
        Ok(proof)
    }

    /// The key of exactly this certificate, known or newly verified. Failures are not kept.
    fn certified(&mut self, text: &str) -> Result<&mut CertifiedKey, KeyCertificateError> {
        let known = self.keys.iter().position(|key| *key.text == *text);
        let place = if let Some(place) = known {
            place
        } else {
            let anchors = self.anchors.as_ref().ok_or(KeyCertificateError::Signature)?;
            let certificate = verify(anchors, text)?;
            if self.keys.len() >= MAX_KEYS {
                self.keys.remove(0);
            }
            self.keys.push(CertifiedKey { text: text.into(), certificate, header: None });
            self.keys.len() - 1
        };
        self.keys.get_mut(place).ok_or(KeyCertificateError::Signature)
    }

    /// What a header's tag is made of: the part behind a known token header, or all of it.
    pub fn tagged<'a>(&self, header: &'a [u8]) -> Tagged<'a> {
        let mut known = self.keys.iter().filter_map(|key| key.header.as_ref());
        let behind = |known: &CertifiedHeader| {
            let rest = header.strip_prefix(SCHEME)?.strip_prefix(known.text().as_bytes())?;
            rest.starts_with(b".").then_some(rest)
        };
        let found = known.find_map(|(number, known)| Some(Tagged::Rest(*number, behind(known)?)));
        found.unwrap_or(Tagged::Whole(header))
    }

    /// Counts a token that needed no verification: keys that verify seldom give their tables back.
    pub fn cool(&mut self) {
        self.keys.iter_mut().filter_map(|key| key.header.as_mut()).for_each(|(_, header)| header.cool());
    }

    /// Forgets all keys; the numbers go on.
    pub fn forget(&mut self) {
        self.keys.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::anchor::TrustAnchor;
    use crate::jose::key_certificate::{KeyCertificate, issue};
    use crate::time::UnixTime;
    use ed25519_dalek::SigningKey;

    fn certificate(anchor: &SigningKey, number: u8) -> String {
        let key = SigningKey::from_bytes(&[number; 32]).verifying_key();
        issue(anchor, &KeyCertificate::new(&key, UnixTime::new(1), UnixTime::new(2), 3))
    }

    #[test]
    fn verified_certificates_are_kept_and_their_number_is_bounded() {
        let anchor = SigningKey::from_bytes(&[1; 32]);
        let mut keys = CertifiedKeys::new(Some(TrustAnchors::new(vec![TrustAnchor::from(&anchor)])));
        for number in 0..20_u8 {
            let text = certificate(&anchor, number);
            let expected = SigningKey::from_bytes(&[number; 32]).verifying_key();
            assert_eq!(keys.certified(&text).unwrap().certificate.key(), &expected);
            // Known by now: no anchor is needed any more.
            let anchors = keys.anchors.replace(TrustAnchors::new(vec![]));
            assert!(keys.certified(&text).is_ok());
            keys.anchors = anchors;
            assert!(keys.keys.len() <= MAX_KEYS);
        }
        assert!(keys.certified("a.b.c").is_err());
        assert!(keys.certified(&certificate(&SigningKey::from_bytes(&[2; 32]), 1)).is_err());
        assert_eq!(keys.keys.len(), MAX_KEYS);
    }
}
