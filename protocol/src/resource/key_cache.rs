//! Key certificates that were verified before: one signature check per key and instance.

use crate::jose::anchor::TrustAnchors;
use crate::jose::key_certificate::{KeyCertificateError, VerifiedKeyCertificate, verify};
use std::collections::VecDeque;

/// Most certificates kept: the active and retiring keys of a tenant, with room to spare.
const MAX_ENTRIES: usize = 8;

/// A bounded cache of what a trust anchor signed; the oldest entry goes first. Times are not judged here.
#[derive(Debug, Default)]
pub struct KeyCertificateCache(VecDeque<(Box<str>, VerifiedKeyCertificate)>);

impl KeyCertificateCache {
    /// The verified certificate of exactly this text, from the cache or newly verified. Failures are not
    /// kept.
    pub fn verified(
        &mut self,
        anchors: &TrustAnchors,
        text: &str,
    ) -> Result<VerifiedKeyCertificate, KeyCertificateError> {
        if let Some((_, known)) = self.0.iter().find(|(known, _)| **known == *text) {
            return Ok(known.clone());
        }
        let verified = verify(anchors, text)?;
        if self.0.len() >= MAX_ENTRIES {
            self.0.pop_front();
        }
        self.0.push_back((text.into(), verified.clone()));
        Ok(verified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::anchor::TrustAnchor;
    use crate::jose::key_certificate::{KeyCertificate, LENGTH, issue};
    use crate::time::UnixTime;
    use ed25519_dalek::SigningKey;

    #[test]
    fn successes_stay_and_are_bounded() {
        let anchor = SigningKey::from_bytes(&[1; 32]);
        let anchors = TrustAnchors::new(vec![TrustAnchor::from(&anchor)]);
        let mut cache = KeyCertificateCache::default();
        for number in 0..20_u8 {
            let key = SigningKey::from_bytes(&[number; 32]).verifying_key();
            let times = (UnixTime::new(1), UnixTime::new(2));
            let text = issue(&anchor, &KeyCertificate::new(&key, times.0, times.1, 3));
            assert_eq!(cache.verified(&anchors, &text).unwrap().key(), &key);
            // Known by now: no anchor is needed any more.
            assert!(cache.verified(&TrustAnchors::new(vec![]), &text).is_ok());
            assert!(cache.0.len() <= MAX_ENTRIES);
        }
        for text in ["a.b.c", &"A".repeat(LENGTH), &"A".repeat(LENGTH + 1)] {
            assert!(cache.verified(&anchors, text).is_err());
        }
        assert_eq!(cache.0.len(), MAX_ENTRIES);
    }
}
