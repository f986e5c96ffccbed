//! Sealing: encrypting secrets at rest with AES-256-GCM-SIV (RFC 8452) and a sub-key of the encryption key.
//!
//! A sealed value is `format(1) ‖ key id(8) ‖ nonce(12) ‖ ciphertext and tag`. The associated data names the table, the
//! record and the record's format version ([`Place`]), so a value copied to another record does not open. The nonce is
//! random; GCM-SIV stays secure even if a nonce repeats.

use crate::entropy::{Entropy, EntropyError, random_bytes};
use crate::record::{
    CodeRecord, GrantId, GrantRecord, Hash, LoginRecord, SecondFactorRecord, SigningKeyRecord, Stored,
};
use crate::sealed::Sealed;
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use protocol::secret::{Secret, derive_key, hmac_sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;

const FORMAT: u8 = 1;
const KEY_ID_LEN: usize = 8;
/// Identifies an encryption key.
pub(crate) type KeyId = [u8; KEY_ID_LEN];
const NONCE_LEN: usize = 12;

/// The record that a sealed value belongs to: table, record id, format version of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    table: &'static str,
    id: Vec<u8>,
    version: u8,
}

impl Place {
    /// The record of a login, identified by the hash of its flow id.
    pub fn login(flow: &Hash) -> Self {
        Self::of::<LoginRecord>(flow)
    }

    /// The record of an authorization code, identified by the hash of the code.
    pub fn code(code: &Hash) -> Self {
        Self::of::<CodeRecord>(code)
    }

    /// The record of a grant.
    pub fn grant(grant: &GrantId) -> Self {
        Self::of::<GrantRecord>(&grant.0)
    }

    /// The provider's access token in the record of a code. This place differs from [`Self::code`], so that the access
    /// token cannot be opened as the provider's refresh token.
    pub fn code_upstream_token(code: &Hash) -> Self {
        Self { table: "codes.upstream_token", ..Self::code(code) }
    }

    /// The provider's access token in the record of a grant, for the same reason a place that differs from
    /// [`Self::grant`].
    pub fn grant_upstream_token(grant: &GrantId) -> Self {
        Self { table: "families.upstream_token", ..Self::grant(grant) }
    }

    /// The record of a signing key, identified by its `kid`.
    pub fn signing_key(kid: &str) -> Self {
        Self::of::<SigningKeyRecord>(kid.as_bytes())
    }

    /// The record of a local user's second factor, identified by the user's name.
    pub fn second_factor(user: &str) -> Self {
        Self::of::<SecondFactorRecord>(user.as_bytes())
    }

    /// The secret of a second factor that is being set up, sealed in the form with which the user confirms it. `of` is
    /// a hash that nobody else has: that of the user's login or session.
    pub fn enrolment(of: &Hash) -> Self {
        Self { table: "enrolments", id: of.to_vec(), version: 1 }
    }

    /// The cookie of a known browser; `host` is the host that set it.
    pub fn known_browser(host: &str) -> Self {
        Self { table: "known_browsers", id: host.as_bytes().to_vec(), version: 1 }
    }

    fn of<R: Stored>(id: &[u8]) -> Self {
        Self { table: R::TABLE, id: id.to_vec(), version: R::VERSION }
    }

    /// `table | 0 | version | id`. A table's name contains no zero byte and the version is one byte, so two places
    /// never yield the same bytes.
    fn associated_data(&self) -> Vec<u8> {
        let mut out = self.table.as_bytes().to_vec();
        out.extend([0, self.version]);
        out.extend(&self.id);
        out
    }
}

/// Why sealing or opening failed; for the log only.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The random source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The value is too long (more than 64 GiB; stored values never are).
    #[error("too long to seal")]
    TooLong,
    /// The value is not sealed in a known format.
    #[error("not a sealed value of a known format")]
    Malformed,
    /// The value was sealed with a key that is neither the current encryption key nor a previous one.
    #[error(
        "sealed with an encryption key that is not configured (BOUNCER_ENCRYPTION_KEY, BOUNCER_ENCRYPTION_KEYS_PREVIOUS)"
    )]
    UnknownKey,
    /// The value was modified, or belongs to another record.
    #[error("the sealed value does not belong to this record or has been modified")]
    DoesNotOpen,
    /// The value was decrypted, but its content is not valid: not UTF-8, or of a wrong length.
    #[error("the sealed value has an unexpected content")]
    Contents,
}

struct Key {
    id: [u8; KEY_ID_LEN],
    cipher: Aes256GcmSiv,
    backups: Aes256GcmSiv,
    tags: Secret<[u8; 32]>,
}

impl Key {
    fn new(encryption_key: &Secret<[u8; 32]>) -> Self {
        let sub_key = |purpose: &str| derive_key(encryption_key.expose(), purpose);
        let mut id = [0; KEY_ID_LEN];
        for (to, from) in id.iter_mut().zip(sub_key("mcpbouncer encryption key id v1").expose()) {
            *to = *from;
        }
        let cipher = Aes256GcmSiv::new(sub_key("mcpbouncer seal at rest v1").expose().into());
        let backups = Aes256GcmSiv::new(sub_key("mcpbouncer backup v1").expose().into());
        Self { id, cipher, backups, tags: sub_key("mcpbouncer tags v1") }
    }
}

/// Seals with the current encryption key; opens with the current and the previous ones. Cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    current: Arc<Key>,
    previous: Arc<[Key]>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer(1 current, {} previous keys)", self.previous.len())
    }
}

impl Sealer {
    /// Uses the keys of `BOUNCER_ENCRYPTION_KEY` and `BOUNCER_ENCRYPTION_KEYS_PREVIOUS`.
    pub fn new(current: &Secret<[u8; 32]>, previous: &[Secret<[u8; 32]>], entropy: Arc<dyn Entropy>) -> Self {
        Self {
            current: Arc::new(Key::new(current)),
            previous: previous.iter().map(Key::new).collect(),
            entropy,
        }
    }

    /// Encrypts `plain` for `place`.
    pub fn seal(&self, place: &Place, plain: &[u8]) -> Result<Sealed, SealError> {
        let nonce: [u8; NONCE_LEN] = random_bytes(&*self.entropy)?;
        let aad = place.associated_data();
        let sealed = self
            .current
            .cipher
            .encrypt(Nonce::from_slice(&nonce), Payload { msg: plain, aad: &aad })
            .map_err(|_| SealError::TooLong)?;
        let mut out = Vec::with_capacity(1 + KEY_ID_LEN + NONCE_LEN + sealed.len());
        out.push(FORMAT);
        out.extend(self.current.id);
        out.extend(nonce);
        out.extend(sealed);
        Ok(Sealed::from_bytes(out))
    }

    /// Decrypts a value that was sealed for `place`.
    pub fn open(&self, place: &Place, sealed: &Sealed) -> Result<Secret<Vec<u8>>, SealError> {
        let (format, rest) = sealed.as_bytes().split_first().ok_or(SealError::Malformed)?;
        let (id, rest) = rest.split_first_chunk::<KEY_ID_LEN>().ok_or(SealError::Malformed)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Malformed)?;
        if *format != FORMAT {
            return Err(SealError::Malformed);
        }
        let key = self.keys().find(|key| key.id == *id).ok_or(SealError::UnknownKey)?;
        let aad = place.associated_data();
        key.cipher
            .decrypt(Nonce::from_slice(nonce), Payload { msg: ciphertext, aad: &aad })
            .map(Secret::new)
            .map_err(|_| SealError::DoesNotOpen)
    }

    /// Whether the value is sealed with the current encryption key.
    pub fn is_current(&self, sealed: &Sealed) -> bool {
        sealed.as_bytes().get(1..=KEY_ID_LEN) == Some(&self.current.id[..])
    }

    /// Encrypts a text for `place`.
    pub fn seal_text(&self, place: &Place, plain: &Secret<String>) -> Result<Sealed, SealError> {
        self.seal(place, plain.expose().as_bytes())
    }

    /// Decrypts a text that was sealed for `place`.
    pub fn open_text(&self, place: &Place, sealed: &Sealed) -> Result<Secret<String>, SealError> {
        let bytes = self.open(place, sealed)?;
        let text = std::str::from_utf8(bytes.expose()).map_err(|_| SealError::Contents)?;
        Ok(Secret::new(text.to_owned()))
    }

    /// Returns a keyed tag over `data` (HMAC-SHA-256). Only a holder of the encryption key can make it, and the
    /// sidecar can verify it without storing it. `purpose` separates different uses.
    pub fn tag(&self, purpose: &'static str, data: &[u8]) -> [u8; 32] {
        tag_under(&self.current, purpose, data)
    }

    /// Whether `tag` is the [`Self::tag`] of `data` with the current key or a previous one. Compares in constant time.
    pub fn tag_matches(&self, purpose: &'static str, data: &[u8], tag: &[u8]) -> bool {
        self.keys().any(|key| tag_under(key, purpose, data).ct_eq(tag).into())
    }

    /// The key id and the cipher for a new backup.
    pub(crate) fn backup_cipher(&self) -> (KeyId, Aes256GcmSiv) {
        (self.current.id, self.current.backups.clone())
    }

    /// The cipher of a backup that was made with the key of this id; `None` if that key is not configured.
    pub(crate) fn backup_cipher_of(&self, id: KeyId) -> Option<Aes256GcmSiv> {
        self.keys().find(|key| key.id == id).map(|key| key.backups.clone())
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&*self.current).chain(self.previous.iter())
    }
}

/// HMAC-SHA-256 over `data`, with a separate sub-key for each purpose.
fn tag_under(key: &Key, purpose: &'static str, data: &[u8]) -> [u8; 32] {
    hmac_sha256(derive_key(key.tags.expose(), purpose).expose(), data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use proptest::prelude::*;
    use protocol::encoding::b64url_encode;

    const CANARY: &str = "canary-7f3a";

    fn sealer(current: u8, previous: &[u8]) -> Sealer {
        let key = |byte: u8| Secret::new([byte; 32]);
        let previous: Vec<_> = previous.iter().map(|byte| key(*byte)).collect();
        Sealer::new(&key(current), &previous, Arc::new(SeededEntropy::new(7)))
    }

    #[test]
    fn what_was_sealed_opens_at_its_place_only() {
        let keys = sealer(1, &[]);
        let place = Place::login(&[3; 32]);
        let sealed = keys.seal(&place, CANARY.as_bytes()).unwrap();
        assert_eq!(keys.open(&place, &sealed).unwrap().expose(), CANARY.as_bytes());
        let newer = Place { version: 2, ..place.clone() };
        for wrong in [Place::login(&[4; 32]), Place::code(&[3; 32]), Place::grant(&GrantId([3; 16])), newer] {
            assert!(matches!(keys.open(&wrong, &sealed), Err(SealError::DoesNotOpen)), "{wrong:?}");
        }
    }

    #[test]
    fn a_previous_key_opens_and_the_current_one_seals() {
        let place = Place::signing_key("kid");
        let old = sealer(1, &[]).seal(&place, b"seed").unwrap();
        let rotated = sealer(2, &[1]);
        assert_eq!(rotated.open(&place, &old).unwrap().expose(), b"seed");
        assert!(!rotated.is_current(&old));
        let new = rotated.seal(&place, b"seed").unwrap();
        assert!(rotated.is_current(&new));
        assert!(matches!(sealer(1, &[]).open(&place, &new), Err(SealError::UnknownKey)));
    }

    #[test]
    fn nothing_printable_holds_the_secret() {
        let keys = sealer(1, &[]);
        let place = Place::grant(&GrantId([1; 16]));
        let sealed = keys.seal_text(&place, &Secret::new(CANARY.to_owned())).unwrap();
        let opened = keys.open_text(&place, &sealed).unwrap();
        let printed = format!("{keys:?} {sealed:?} {opened:?} {}", serde_json::to_string(&sealed).unwrap());
        assert!(!printed.contains(CANARY), "{printed}");
        assert!(!printed.contains(&b64url_encode(CANARY.as_bytes())), "{printed}");
    }

    #[test]
    fn tags_hold_for_their_purpose_and_data_and_survive_key_rotation() {
        let (old, new) = (sealer(1, &[]), sealer(2, &[1]));
        let tag = old.tag("csrf", b"flow");
        assert!(old.tag_matches("csrf", b"flow", &tag) && new.tag_matches("csrf", b"flow", &tag));
        assert!(!old.tag_matches("csrf", b"other", &tag) && !old.tag_matches("else", b"flow", &tag));
        assert!(!sealer(2, &[]).tag_matches("csrf", b"flow", &tag));
        assert!(!old.tag_matches("csrf", b"flow", &[]));
    }

    proptest! {
        #[test]
        fn any_change_to_a_blob_is_noticed(plain: Vec<u8>, at: prop::sample::Index, bit in 0_u8..8) {
            let keys = sealer(1, &[]);
            let place = Place::code(&[9; 32]);
            let sealed = keys.seal(&place, &plain).unwrap();
            let opened = keys.open(&place, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), &plain);
            let at = at.index(sealed.as_bytes().len());
            let mut bytes = sealed.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            let sealed = Sealed::from_bytes(bytes);
            prop_assert!(keys.open(&place, &sealed).is_err());
        }

        #[test]
        fn foreign_bytes_never_open(bytes: Vec<u8>) {
            prop_assert!(sealer(1, &[2]).open(&Place::code(&[9; 32]), &Sealed::from_bytes(bytes)).is_err());
        }
    }
}
