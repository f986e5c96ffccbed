//! The second factors of local users.

use super::hash::{Hash, b64_list, b64_option};
use crate::sealed::Sealed;
use protocol::server::second_factor;
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

/// The second factor of a local user. Like the password, it belongs to the users file and so to the whole server, not
/// to a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorRecord {
    /// The user's name in the users file.
    pub user: String,
    /// The 20 bytes that the user's authenticator makes codes from (RFC 6238), sealed.
    pub secret: Sealed,
    /// The time step of the last code that was accepted.
    pub last_step: u64,
    /// The hashes of the recovery codes that were not used.
    #[serde(with = "b64_list")]
    pub recovery: Vec<Hash>,
    /// The hash of the recovery code that was used last.
    #[serde(default, with = "b64_option", skip_serializing_if = "Option::is_none")]
    pub last_recovery: Option<Hash>,
    /// When the second factor was set up.
    pub enrolled: UnixTime,
}

impl SecondFactorRecord {
    /// What a decision about a code depends on.
    pub fn stored(&self) -> second_factor::Stored<'_> {
        second_factor::Stored {
            subject: &self.user,
            last_step: self.last_step,
            recovery: &self.recovery,
            last_recovery: self.last_recovery.as_ref(),
        }
    }
}
