//! Who asks, and what comes of it.

use protocol::settings::Identity;
use std::net::IpAddr;

/// A browser that has signed in as the user before, by a cookie that only this server can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceId(pub [u8; 8]);

/// Who asks whether a password is right: what is charged for the answer.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    /// The client's address, from the sealed context.
    pub address: Option<IpAddr>,
    /// Hash of the browser's cookie.
    pub browser: [u8; 32],
    /// The browser's id if it has signed in as this user before.
    pub device: Option<DeviceId>,
}

/// Proof that a password was right and the file admits the user to the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedUser(pub(super) Identity);

impl VerifiedUser {
    /// Who it is.
    pub const fn identity(&self) -> &Identity {
        &self.0
    }

    /// Who it is.
    pub fn into_identity(self) -> Identity {
        self.0
    }
}

/// Why a login with name and password was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginRefused {
    /// Name or password is wrong, or the user may not enter here. The page says no more than that; the
    /// reason is for the log.
    #[error("refused: {0}")]
    Credentials(Reason),
    /// Too many wrong guesses; not even looked at.
    #[error("too many wrong guesses, wait {secs} s")]
    Wait {
        /// `Retry-After`, seconds.
        secs: u64,
    },
    /// Too many passwords are being checked; 503.
    #[error("too many passwords are being checked")]
    Busy,
    /// The users file cannot be read; 503.
    #[error("the users file cannot be used: {0}")]
    Unavailable(String),
}

/// The exact reason of a refusal, for log and audit only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No such user.
    #[error("unknown user")]
    UnknownUser,
    /// The user exists, the password is another.
    #[error("wrong password")]
    WrongPassword,
    /// Marked `disabled`.
    #[error("user disabled")]
    Disabled,
    /// `tenants` does not list this base.
    #[error("user not admitted to this tenant")]
    OtherTenant,
}

/// Why a user who logged in before may not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLongerAllowed {
    /// The file says no: revoke.
    #[error("refused: {0}")]
    Refused(Reason),
    /// The users file cannot be read: 503, and nothing is revoked.
    #[error("the users file cannot be used: {0}")]
    Unavailable(String),
}
