//! The requests and responses of `/admin/users/…`.

use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

/// The request of `/admin/users/changed`: tells that a command changed the users file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserChanged {
    /// The user.
    pub user: String,
    /// What was done.
    pub change: UserChange,
}

/// What a command did to a user of the users file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserChange {
    /// Added.
    Added,
    /// Disabled.
    Disabled,
    /// Enabled again.
    Enabled,
    /// Given another password.
    Password,
    /// Removed.
    Removed,
}

/// The request of `/admin/users/reset-second-factor` and of `/admin/users/passkeys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserNamed {
    /// The user.
    pub user: String,
}

/// The response of `/admin/users/passkeys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeysOfUser {
    /// In the order in which they were added.
    pub passkeys: Vec<PasskeyShown>,
}

/// A passkey of a local user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyShown {
    /// The SHA-256 of its credential id.
    pub id: String,
    /// What its user calls it.
    pub name: String,
    /// The host at which it was added, and at which alone it is accepted.
    pub host: String,
    /// When it was added.
    pub added: UnixTime,
    /// When its user last signed in with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<UnixTime>,
}

/// The request of `/admin/users/remove-passkeys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeysRemoved {
    /// The user.
    pub user: String,
    /// Which one; all of the user's if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}
