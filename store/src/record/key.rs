//! Signing keys.

use crate::sealed::Sealed;
use protocol::jose::key_certificate::KeyPurpose;
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

/// A key of the signing key ring, which is the set of all signing keys. It belongs to the authorization server, not to
/// a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeyRecord {
    /// RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// The Ed25519 public key, base64url (`x` of RFC 8037 §2).
    pub public_key: String,
    /// The 32-byte Ed25519 seed, sealed.
    pub seed: Sealed,
    /// What the key signs. Keys of different purposes rotate independently of each other.
    #[serde(default, skip_serializing_if = "is_default")]
    pub purpose: KeyPurpose,
    /// When the key was made.
    pub created: UnixTime,
    /// The key's state.
    pub state: SigningKeyState,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_default(purpose: &KeyPurpose) -> bool {
    *purpose == KeyPurpose::default()
}

/// The life of a signing key: next → active → retiring → removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SigningKeyState {
    /// Published, but does not sign yet.
    Next,
    /// The key that signs.
    Active {
        /// When the key became active.
        since: UnixTime,
        /// The latest time at which the next key replaces this one; earlier if the rotation period is shortened or a
        /// clock was wrong.
        rotate_at: UnixTime,
        /// The latest `iat` of a token that this key signs (`sign_until` in [`protocol::jose::key_certificate`]):
        /// after that it must not sign, even if no key has replaced it.
        sign_until: UnixTime,
    },
    /// Replaced by the next key. Published for the overlap period, and at least until the last token that any replica
    /// signed with it has expired.
    Retiring {
        /// When the key had become active.
        since: UnixTime,
        /// The `sign_until` of the key's certificate.
        sign_until: UnixTime,
        /// When the key is deleted.
        gone_at: UnixTime,
    },
}
