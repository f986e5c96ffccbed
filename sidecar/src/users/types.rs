//! The callers that try a password, and the results.

use protocol::settings::Identity;
use std::net::IpAddr;

/// A browser from which the user has signed in before, identified by a cookie that only this server can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceId(pub [u8; 8]);

/// The caller whose password is checked and who is charged for it.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    /// The client's address, from the sealed context.
    pub address: Option<IpAddr>,
    /// The hash of the login's cookie.
    pub browser: [u8; 32],
    /// The browser's id if this user has signed in with it before.
    pub device: Option<DeviceId>,
}

/// Proof that a password was right and that the users file allows the user at the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedUser {
    pub(super) identity: Identity,
    pub(super) credential: Credential,
}

/// The SHA-256 of a user's password hash, including the hash's salt. It differs after each change of the password.
pub type Credential = [u8; 32];

impl VerifiedUser {
    /// The user's identity.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The credential of the password that was right.
    pub const fn credential(&self) -> Credential {
        self.credential
    }

    /// The user's identity.
    pub fn into_identity(self) -> Identity {
        self.identity
    }
}

/// Why a login with name and password was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginRefused {
    /// The name or the password is wrong, or the user has no access here. The page does not say which of these it is;
    /// the reason is for the log.
    #[error("refused: {0}")]
    Credentials(Reason),
    /// There were too many wrong guesses. This guess was not checked.
    #[error("too many wrong guesses, wait {secs} s")]
    Wait {
        /// Seconds to wait, for `Retry-After`.
        secs: u64,
    },
    /// Too many passwords are being checked now.
    #[error("too many passwords are being checked")]
    Busy,
    /// The users file cannot be used, or the server is stopping. The response is 503.
    #[error("the users file cannot be used: {0}")]
    Unavailable(String),
}

/// Why a password was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefused {
    /// Too many passwords are being checked now.
    #[error("too many passwords are being checked")]
    Busy,
    /// The user's password has changed meanwhile, or the user is no longer in the users file.
    #[error("the user has another password by now")]
    Outdated,
    /// The password was not changed: the users file cannot be used or written, the new password cannot be hashed, or
    /// the server is stopping. The text says why.
    #[error("the users file cannot be written: {0}")]
    NotWritten(String),
}

/// The exact reason, for the log only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There is no such user.
    #[error("unknown user")]
    UnknownUser,
    /// The user exists, but the password is wrong.
    #[error("wrong password")]
    WrongPassword,
    /// The user is marked `disabled`.
    #[error("user disabled")]
    Disabled,
    /// The user's password has changed since the sign-in of the session.
    #[error("password changed")]
    PasswordChanged,
    /// The user's member `tenants` does not list this base URL.
    #[error("user has no access to this tenant")]
    OtherTenant,
}

/// Why a user who logged in before no longer has access.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLongerAllowed {
    /// The users file does not allow the user. The caller must revoke the grant.
    #[error("refused: {0}")]
    Refused(Reason),
    /// The users file cannot be read. The caller must respond with 503 and revoke nothing.
    #[error("the users file cannot be used: {0}")]
    Unavailable(String),
}
