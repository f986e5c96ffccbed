//! The passkeys of local users.

use super::hash::{Hash, b64, b64_bytes, b64_option};
use protocol::server::passkey;
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

/// The passkeys of a local user. They belong to the users file and so to the whole server, like the password; but a
/// browser uses each of them at only one host. The record contains no secret: the private keys never leave the
/// authenticators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeysRecord {
    /// The user's name in the users file.
    pub user: String,
    /// The handle by which authenticators know the user: 32 random bytes (WebAuthn §5.4.3, `user.id`).
    #[serde(with = "b64")]
    pub handle: Hash,
    /// The passkeys, in the order in which they were added. There is at least one.
    pub passkeys: Vec<Passkey>,
}

/// A passkey of a local user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passkey {
    /// The credential id that the authenticator chose.
    #[serde(with = "b64_bytes")]
    pub id: Vec<u8>,
    /// The public key, as a COSE key (RFC 9052 §7).
    #[serde(with = "b64_bytes")]
    pub key: Vec<u8>,
    /// The COSE algorithm of its signatures (RFC 9053).
    pub algorithm: i32,
    /// The host at which the passkey was added (WebAuthn §4, RP ID). It is accepted only there.
    pub rp_id: String,
    /// The name that its user gave to it.
    pub name: String,
    /// The signature counter that was accepted last.
    pub counter: u32,
    /// The SHA-256 of the client data that were accepted last; `None` if the passkey was not used yet.
    #[serde(default, with = "b64_option", skip_serializing_if = "Option::is_none")]
    pub last: Option<Hash>,
    /// When the passkey was added.
    pub added: UnixTime,
    /// When its user last signed in with it; `None` if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<UnixTime>,
}

impl Passkey {
    /// Returns the part on which the decision about a signature depends. `user` is the name of the user who has the
    /// passkey.
    pub fn stored<'a>(&'a self, user: &'a str) -> passkey::Stored<'a> {
        passkey::Stored { subject: user, counter: self.counter, last: self.last.as_ref() }
    }
}
