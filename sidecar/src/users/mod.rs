//! Local users (`providerIssuer=local`): a JSON file of argon2id hashes, read again when it changes.
//!
//! The file has the last word: who is not in it, disabled in it or not admitted to a tenant by it gets
//! in neither at a login nor at a refresh. Wrong guesses are slowed down ([`throttle`]) and never lock
//! anybody out. Checking a password costs 19 MiB and some milliseconds by intention, so only few run
//! at once ([`desk`]).

mod counters;
mod desk;
mod file;
mod password;
#[cfg(test)]
mod tests;
mod throttle;
#[cfg(test)]
mod throttle_tests;

pub use file::{NewUser, UsersFileError, add_user};
pub use password::{HashError, hash_password};

use desk::{Desk, Full};
use file::{LocalUser, UsersFile};
use protocol::secret::Secret;
use protocol::settings::Identity;
use protocol::time::UnixTime;
use protocol::uri::Base;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use throttle::{Target, Throttle};

/// The local users. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Users(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// `None`: no users file is configured, so there are no local users.
    file: Option<UsersFile>,
    throttle: Throttle,
    desk: Desk,
}

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
pub struct VerifiedUser(Identity);

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

impl Users {
    /// Reads the users file; `None`: no local users at all. Blocking.
    pub fn open(path: Option<&Path>) -> Result<Self, UsersFileError> {
        let file = path.map(UsersFile::open).transpose()?;
        Ok(Self(Arc::new(Inner { file, throttle: Throttle::default(), desk: Desk::default() })))
    }

    /// Checks a password.
    ///
    /// An unknown name costs the same work as a wrong password. Goes on to its end even if the caller
    /// goes away, so hanging up saves nobody a failed guess.
    pub async fn verify(
        &self,
        name: &str,
        password: &Secret<String>,
        base: &Base,
        asker: &Asker,
        now: UnixTime,
    ) -> Result<VerifiedUser, LoginRefused> {
        let user = self.0.user(name).map_err(|error| LoginRefused::Unavailable(error.to_string()))?;
        // Names that cannot be in the file share one entry, so they cannot fill the table.
        let name = if Identity::is_valid_sub(name) { name } else { "" };
        let target = Target { name, exists: user.is_some() };
        let throttle = &self.0.throttle;
        let charge = throttle.begin(target, asker, now).map_err(|secs| LoginRefused::Wait { secs })?;
        let busy = |Full| {
            throttle.forgive(target, asker, charge);
            LoginRefused::Busy
        };
        let turn = self.0.desk.queue(asker).map_err(busy)?.called().await.map_err(busy)?;
        let (password, base) = (password.clone(), base.clone());
        let work = move || {
            let _turn = turn;
            check(user.as_deref(), &password, &base)
        };
        let stopped = |_| LoginRefused::Unavailable("the server is stopping".to_owned());
        let checked = tokio::task::spawn_blocking(work).await.map_err(stopped)?;
        if checked.is_ok() {
            throttle.succeeded(target, asker, charge);
        }
        checked.map_err(LoginRefused::Credentials)
    }

    /// Whether the users file has this name now.
    pub fn knows(&self, name: &str) -> bool {
        self.0.user(name).is_ok_and(|user| user.is_some())
    }

    /// Whether a user who logged in at `base` before may still enter, as the file says now.
    pub fn still_allowed(&self, sub: &str, base: &Base) -> Result<Identity, NoLongerAllowed> {
        let user = self.0.user(sub).map_err(|e| NoLongerAllowed::Unavailable(e.to_string()))?;
        let user = user.ok_or(NoLongerAllowed::Refused(Reason::UnknownUser))?;
        user.admitted_to(base).map_err(NoLongerAllowed::Refused)?;
        Ok(user.identity())
    }
}

impl Inner {
    fn user(&self, name: &str) -> Result<Option<Arc<LocalUser>>, UsersFileError> {
        self.file.as_ref().map_or(Ok(None), |file| file.user(name))
    }
}

/// Blocking, slow.
fn check(user: Option<&LocalUser>, password: &Secret<String>, base: &Base) -> Result<VerifiedUser, Reason> {
    let right = password::matches(user.map(|user| &user.password), password);
    let user = user.ok_or(Reason::UnknownUser)?;
    if !right {
        return Err(Reason::WrongPassword);
    }
    user.admitted_to(base)?;
    Ok(VerifiedUser(user.identity()))
}
