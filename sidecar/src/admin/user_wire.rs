//! The requests and responses of `/admin/users/…`.

use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

/// The request of `/admin/users/changed`, which reports that a command changed the users file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserChanged {
    /// The user's login name.
    pub user: String,
    /// What the command did to the user.
    pub change: UserChange,
}

/// What a command did to a user of the users file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserChange {
    /// The user was added.
    Added,
    /// The user was disabled.
    Disabled,
    /// The user was enabled again.
    Enabled,
    /// The user got another password.
    Password,
    /// The user was removed.
    Removed,
}

/// The request of `/admin/users/reset-second-factor` and of `/admin/users/passkeys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserNamed {
    /// The user's login name.
    pub user: String,
}

/// The response of `/admin/users/passkeys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeysOfUser {
    /// The user's passkeys, in the order in which they were added.
    pub passkeys: Vec<PasskeyShown>,
}

/// A passkey of a local user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyShown {
    /// The SHA-256 of the credential id, as base64url.
    pub id: String,
    /// The name that its user gave to it.
    pub name: String,
    /// The host at which it was added. It is accepted only there.
    pub host: String,
    /// When the passkey was added.
    pub added: UnixTime,
    /// When its user last signed in with it; `None` if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<UnixTime>,
}

/// The request of `/admin/users/remove-passkeys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeysRemoved {
    /// The user's login name.
    pub user: String,
    /// The passkey to remove, as [`PasskeyShown::id`]; `None` removes all passkeys of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}
