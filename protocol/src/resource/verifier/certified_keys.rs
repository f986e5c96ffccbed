//! Signing keys that a trust anchor vouches for. Each certificate is verified once. The header, which all tokens of a
//! key share, is read once and compared from then on.

use super::error::VerifyError;
use crate::jose::anchor::TrustAnchors;
use crate::jose::jws::CompactJws;
use crate::jose::key_certificate::{VerifiedKeyCertificate, verify};
use crate::jose::token::{CertifiedHeader, SignatureValid, TokenError, UnverifiedToken};
use crate::resource::token_table::Tagged;
use crate::time::UnixTime;

/// The maximum number of keys that are kept: more than the active and retiring keys of a tenant.
const MAX_KEYS: usize = 8;
/// The usual beginning of an `Authorization` header. Headers with another spelling are always parsed.
const SCHEME: &[u8] = b"Bearer ";

/// A bounded list of keys. When it is full, the oldest key is dropped. Only keys that an anchor vouches for are
/// inserted. Times are validated with each token.
pub struct CertifiedKeys {
    anchors: Option<TrustAnchors>,
    keys: Vec<CertifiedKey>,
    /// The number that the last header got.
    numbers: u64,
}

struct CertifiedKey {
    /// The certificate, as it is written in tokens.
    text: Box<str>,
    certificate: VerifiedKeyCertificate,
    /// The header of a token of this key, and the number of that header.
    header: (u64, CertifiedHeader),
}

impl CertifiedKeys {
    /// Creates an empty list.
    pub const fn new(anchors: Option<TrustAnchors>) -> Self {
        Self { anchors, keys: Vec::new(), numbers: 0 }
    }

    /// Replaces the anchors, and drops all keys for which the previous anchors vouched.
    pub fn trust(&mut self, anchors: TrustAnchors) {
        self.anchors = Some(anchors);
        self.forget();
    }

    /// Verifies a token whose header is known. `None` if the header is not known.
    pub fn verify_known(&mut self, jws: &CompactJws<'_>) -> Option<Result<SignatureValid, TokenError>> {
        self.keys.iter_mut().find_map(|key| key.header.1.verify(jws))
    }

    /// Verifies a token with a key certificate. `None` if the token has no certificate, or there is no anchor.
    pub fn verify(
        &mut self,
        jws: &CompactJws<'_>,
        token: &UnverifiedToken<'_>,
        now: UnixTime,
    ) -> Option<Result<SignatureValid, VerifyError>> {
        let text = token.key_certificate()?;
        let anchors = self.anchors.as_ref()?;
        let known = self.keys.iter().find(|key| *key.text == *text).map(|key| Ok(key.certificate.clone()));
        let certificate = known.unwrap_or_else(|| verify(anchors, text));
        Some(certificate.map_err(Into::into).and_then(|certificate| {
            let mut header = token.certified(certificate.clone())?;
            let proof = header.verify(jws).unwrap_or(Err(TokenError::KeyId))?;
            self.keep(text, certificate, header, now);
            Ok(proof)
        }))
    }

    /// Keeps a key that has just verified a token. A key whose certificate has expired is not kept, because with old
    /// tokens of eight keys somebody could otherwise displace the present ones.
    fn keep(
        &mut self,
        text: &str,
        certificate: VerifiedKeyCertificate,
        header: CertifiedHeader,
        now: UnixTime,
    ) {
        if now >= certificate.window().exp {
            return;
        }
        self.numbers += 1;
        let header = (self.numbers, header);
        if let Some(known) = self.keys.iter_mut().find(|key| *key.text == *text) {
            known.header = header;
            return;
        }
        if self.keys.len() >= MAX_KEYS {
            self.keys.remove(0);
        }
        self.keys.push(CertifiedKey { text: text.into(), certificate, header });
    }

    /// The part of an `Authorization` header from which its tag is made: the rest after a known token header, or all of
    /// it.
    pub fn tagged<'a>(&self, header: &'a [u8]) -> Tagged<'a> {
        let rest_after = |known: &CertifiedHeader| {
            let rest = header.strip_prefix(SCHEME)?.strip_prefix(known.text().as_bytes())?;
            rest.starts_with(b".").then_some(rest)
        };
        let found = self.keys.iter().find_map(|CertifiedKey { header: (number, known), .. }| {
            Some(Tagged::Rest(*number, rest_after(known)?))
        });
        found.unwrap_or(Tagged::Whole(header))
    }

    /// Notes that a token did not have to be verified, so that keys which seldom verify new tokens free their tables.
    pub fn cool(&mut self) {
        self.keys.iter_mut().for_each(|key| key.header.1.cool());
    }

    /// Drops all keys. Headers of later keys get new numbers.
    pub fn forget(&mut self) {
        self.keys.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::anchor::TrustAnchor;
    use crate::jose::key_certificate::{KeyCertificate, issue};
    use crate::jose::token::{AccessTokenClaims, sign_access_token};
    use crate::scope::ScopeSet;
    use crate::settings::Profile;
    use crate::tenant::TenantId;
    use ed25519_dalek::SigningKey;

    const NOW: UnixTime = UnixTime::new(10_000);

    fn keys() -> CertifiedKeys {
        let anchor = TrustAnchor::from(&SigningKey::from_bytes(&[1; 32]));
        CertifiedKeys::new(Some(TrustAnchors::new(vec![anchor])))
    }

    /// A token that the key of this number signed. The anchor of that number vouches for the key until
    /// `certified_until`.
    fn token(anchor: u8, number: u8, certified_until: UnixTime) -> String {
        let key = SigningKey::from_bytes(&[number; 32]);
        let sign_until = certified_until.minus(3_660);
        let certificate = KeyCertificate::new(&key.verifying_key(), UnixTime::new(1), sign_until, 3_600);
        let kcert = issue(&SigningKey::from_bytes(&[anchor; 32]), &certificate);
        let claims = AccessTokenClaims {
            iss: "https://h.test".to_owned(),
            aud: vec!["https://h.test".to_owned()],
            sub: "alice".to_owned(),
            client_id: "client".to_owned(),
            scope: ScopeSet::default(),
            iat: NOW,
            nbf: NOW,
            exp: NOW,
            jti: "jti".to_owned(),
            mcpb_tid: TenantId::derive("wiki", "local", "", &[]),
            profile: Profile::default(),
        };
        sign_access_token(&key, &certificate.thumbprint(), &kcert, &claims)
    }

    /// Whether the token is verified.
    fn ask(keys: &mut CertifiedKeys, token: &str) -> bool {
        let jws = CompactJws::parse(token).unwrap();
        let parsed = UnverifiedToken::read(CompactJws::parse(token).unwrap()).unwrap();
        keys.verify(&jws, &parsed, NOW).unwrap().is_ok()
    }

    fn is_known(keys: &mut CertifiedKeys, token: &str) -> bool {
        keys.verify_known(&CompactJws::parse(token).unwrap()).is_some()
    }

    #[test]
    fn verified_keys_are_kept_and_bounded() {
        let mut keys = keys();
        for number in 0..20 {
            let token = token(1, number, NOW.plus(1));
            assert!(!is_known(&mut keys, &token));
            assert!(ask(&mut keys, &token) && is_known(&mut keys, &token));
            // `verify` also runs for a token of the same key with another header: the key is kept once.
            assert!(ask(&mut keys, &token));
            assert_eq!(keys.keys.len(), MAX_KEYS.min(usize::from(number) + 1));
        }
    }

    #[test]
    fn expired_or_forged_certificates_displace_no_key() {
        let mut keys = keys();
        let present = token(1, 100, NOW.plus(1));
        assert!(ask(&mut keys, &present));
        for number in 0..20 {
            // A genuine token whose certificate has expired.
            assert!(ask(&mut keys, &token(1, number, NOW)));
            // A token whose key another anchor certified.
            assert!(!ask(&mut keys, &token(2, number, NOW.plus(1))));
            // A genuine certificate in a token that another key signed.
            let (genuine, other) = (token(1, number, NOW.plus(1)), token(1, number + 1, NOW.plus(1)));
            let forged = [genuine.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1].join(".");
            assert!(!ask(&mut keys, &forged));
        }
        assert!(is_known(&mut keys, &present));
        assert_eq!(keys.keys.len(), 1);
    }
}
