//! The passkeys of local users.

use super::hash::{Hash, b64, b64_bytes, b64_option};
use protocol::server::passkey;
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

/// The passkeys of a local user. They belong to the users file and so to the whole server, like the password; but a browser uses
/// each of them at one host alone. Nothing in it is secret: the private keys never leave the authenticators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeysRecord {
    /// The user's name in the users file.
    pub user: String,
    /// What the authenticators know the user by: 32 random bytes (WebAuthn §5.4.3, `user.id`).
    #[serde(with = "b64")]
    pub handle: Hash,
    /// The passkeys, in the order in which they were added; at least one.
    pub passkeys: Vec<Passkey>,
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passkey {
    /// The credential id that the authenticator chose.
    #[serde(with = "b64_bytes")]
    pub id: Vec<u8>,
    /// The public key (RFC 9052 §7).
    #[serde(with = "b64_bytes")]
    pub key: Vec<u8>,
    /// The algorithm of its signatures (RFC 9053).
    pub algorithm: i32,
    /// The host at which it was added, and at which alone it is accepted (WebAuthn §4, RP ID).
    pub rp_id: String,
    /// What its user calls it.
    pub name: String,
    /// The signature counter that was accepted last.
    pub counter: u32,
    /// The hash of the client data that were accepted last.
    #[serde(default, with = "b64_option", skip_serializing_if = "Option::is_none")]
    pub last: Option<Hash>,
    /// When it was added.
    pub added: UnixTime,
    /// When its user last signed in with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<UnixTime>,
}

impl Passkey {
    /// What a decision about a signature depends on. `user` is whose it is.
    pub fn stored<'a>(&'a self, user: &'a str) -> passkey::Stored<'a> {
        passkey::Stored { subject: user, counter: self.counter, last: self.last.as_ref() }
    }
}
