//! Signing keys.

use crate::sealed::Sealed;
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

/// One key of the signing-key ring. It belongs to the sidecar, not to a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeyRecord {
    /// RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// The Ed25519 public key, base64url (`x` of RFC 8037 §2).
    pub public_key: String,
    /// The 32-byte Ed25519 seed, sealed.
    pub seed: Sealed,
    /// When it was made.
    pub created: UnixTime,
    /// Where it stands in its life.
    pub state: SigningKeyState,
}

/// The life of a signing key: next → active → retiring → removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SigningKeyState {
    /// Published, not yet signing.
    Next,
    /// The one that signs.
    Active {
        /// Since when.
        since: UnixTime,
        /// When the next key takes over.
        rotate_at: UnixTime,
        /// Its certificate's `sign_until`: after that it must not sign even if nothing took over.
        sign_until: UnixTime,
    },
    /// No longer signs; published until its last token has expired.
    Retiring {
        /// Since when it had signed.
        since: UnixTime,
        /// Its certificate's `sign_until`, unchanged.
        sign_until: UnixTime,
        /// When it is removed.
        gone_at: UnixTime,
    },
}
