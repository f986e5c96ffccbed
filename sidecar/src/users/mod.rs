//! Local users (`providerIssuer=local`): a JSON file of argon2id hashes, read again when it changes.
//!
//! The file has the last word: who is not in it, disabled in it or not admitted to a tenant by it gets
//! in neither at a login nor at a refresh. Wrong guesses are slowed down ([`throttle`]) and never lock
//! anybody out. Checking a password costs 19 MiB and some milliseconds by intention, so only few run
//! at once ([`password`]).

mod file;
mod password;
#[cfg(test)]
mod tests;
mod throttle;

pub use file::{NewUser, UsersFileError, add_user};
pub use password::{HashError, hash_password};

use file::{LocalUser, UsersFile};
use password::{Desk, Full};
use protocol::secret::Secret;
use protocol::settings::Identity;
use protocol::time::UnixTime;
use protocol::uri::Base;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use throttle::{Network, Throttle};

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

    /// Checks a password. `address` is the client's, from the sealed context.
    ///
    /// An unknown name costs the same work as a wrong password. Goes on to its end even if the caller
    /// goes away, so hanging up saves nobody a failed guess.
    pub async fn verify(
        &self,
        name: &str,
        password: &Secret<String>,
        base: &Base,
        address: Option<IpAddr>,
        now: UnixTime,
    ) -> Result<VerifiedUser, LoginRefused> {
        let seat = self.0.desk.queue().map_err(|Full| LoginRefused::Busy)?;
        let network = Network::of(address);
        // Names that cannot be in the file share one entry, so they cannot fill the table.
        let name = if Identity::is_valid_sub(name) { name } else { "" }.to_owned();
        self.0.throttle.begin(&name, network, now).map_err(|secs| LoginRefused::Wait { secs })?;
        let seat = seat.called().await;
        let (inner, password, base) = (Arc::clone(&self.0), password.clone(), base.clone());
        let work = move || {
            let _seat = seat;
            inner.check(&name, &password, &base, network)
        };
        let stopped = |_| LoginRefused::Unavailable("the server is stopping".to_owned());
        tokio::task::spawn_blocking(work).await.map_err(stopped)?
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

    fn check(
        &self,
        name: &str,
        password: &Secret<String>,
        base: &Base,
        network: Network,
    ) -> Result<VerifiedUser, LoginRefused> {
        let user = match self.user(name) {
            Ok(user) => user,
            Err(error) => {
                self.throttle.forgive(name, network);
                return Err(LoginRefused::Unavailable(error.to_string()));
            }
        };
        let right = password::matches(user.as_ref().map(|user| &user.password), password);
        let user = user.ok_or(LoginRefused::Credentials(Reason::UnknownUser))?;
        if !right {
            return Err(LoginRefused::Credentials(Reason::WrongPassword));
        }
        user.admitted_to(base).map_err(LoginRefused::Credentials)?;
        self.throttle.succeeded(name, network);
        Ok(VerifiedUser(user.identity()))
    }
}
