//! Local users (`providerIssuer=local`): a JSON file with argon2id hashes, the users file, which is read again when it
//! changes.
//!
//! The users file decides: at login and at refresh, a user is refused who is not in the file, is disabled, or may not
//! access the tenant. Wrong guesses are slowed down ([`throttle`]) and never lock a user out. Checking a password
//! deliberately costs 19 MiB and some milliseconds, so only a few passwords are checked at the same time
//! ([`password_queue`]).

mod code_guess;
mod counters;
mod edit;
mod file;
mod password;
mod password_queue;
mod strength;
#[cfg(test)]
mod tests;
mod throttle;
#[cfg(test)]
mod throttle_tests;
mod types;

pub use edit::{Change, ListedUser, NewUser, add_user, change_user, list_users};
pub use file::UsersFileError;
pub use password::{HashError, hash_password};
pub use strength::{LEAST, NewPassword, Weakness};

use crate::clock::Clock;
pub use code_guess::CodeGuess;
use file::{LocalUser, UsersFile};
use password_queue::{Full, PasswordQueue};
use protocol::secret::Secret;
use protocol::settings::Identity;
use protocol::time::UnixTime;
use protocol::uri::Base;
use std::path::Path;
use std::sync::Arc;
use store::entropy::Entropy;
use throttle::{Limits, Target, Throttle};
pub use types::{
    Asker, ChangeRefused, Credential, DeviceId, LoginRefused, NoLongerAllowed, Reason, VerifiedUser,
};

/// The local users. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Users(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The users file; `None` if none is configured, and then there are no local users.
    file: Option<UsersFile>,
    throttle: Throttle,
    /// The throttle for guesses of codes of the second factor.
    codes: Throttle,
    queue: PasswordQueue,
}

impl Users {
    /// Reads the users file. If `path` is `None`, there are no local users. Blocking.
    pub fn open(path: Option<&Path>, clock: &Arc<dyn Clock>) -> Result<Self, UsersFileError> {
        let file = path.map(|path| UsersFile::open(path, clock)).transpose()?;
        Ok(Self(Arc::new(Inner {
            file,
            throttle: Throttle::default(),
            codes: Throttle::of(Limits::CODES),
            queue: PasswordQueue::default(),
        })))
    }

    /// Checks a password.
    ///
    /// An unknown name takes the same work as a wrong password. A guess is charged before the password is checked, so a
    /// caller that disconnects is charged, too. `base` is the tenant's base URL.
    pub async fn verify(
        &self,
        name: &str,
        password: &Secret<String>,
        base: &Base,
        asker: &Asker,
        now: UnixTime,
    ) -> Result<VerifiedUser, LoginRefused> {
        let user = self.0.user(name).map_err(|error| LoginRefused::Unavailable(error.to_string()))?;
        // Names that cannot be in the users file share one entry of the throttle, so that they cannot fill its memory.
        let name = if Identity::is_valid_sub(name) { name } else { "" };
        let target = Target { name, exists: user.is_some() };
        let throttle = &self.0.throttle;
        let charge = throttle.begin(target, asker, now).map_err(|secs| LoginRefused::Wait { secs })?;
        let busy = |Full| {
            throttle.forgive(target, asker, charge);
            LoginRefused::Busy
        };
        let permit = self.0.queue.join(asker).map_err(busy)?.wait().await.map_err(busy)?;
        let (password, base) = (password.clone(), base.clone());
        let work = move || {
            let _permit = permit;
            check(user.as_deref(), &password, &base)
        };
        let stopped = |_| LoginRefused::Unavailable("the server is stopping".to_owned());
        let checked = tokio::task::spawn_blocking(work).await.map_err(stopped)?;
        if checked.is_ok() {
            throttle.succeeded(target, asker, charge);
        }
        checked.map_err(LoginRefused::Credentials)
    }

    /// Gives a new password to a user whose current password was right: rewrites the whole users file, as `mcpbouncer
    /// users password` does. Fails if that password is no longer the user's. Returns the user with the new password.
    pub async fn change_password(
        &self,
        user: &VerifiedUser,
        new: NewPassword,
        asker: &Asker,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<VerifiedUser, ChangeRefused> {
        let file = self.0.file.as_ref().ok_or(ChangeRefused::Outdated)?;
        let busy = |Full| ChangeRefused::Busy;
        let permit = self.0.queue.join(asker).map_err(busy)?.wait().await.map_err(busy)?;
        let (path, entropy, before) = (file.path().to_owned(), Arc::clone(entropy), user.clone());
        let work = move || {
            let _permit = permit;
            let hash = hash_password(new.secret(), &*entropy)
                .map_err(|error| ChangeRefused::NotWritten(error.to_string()))?;
            let credential = edit::replace_password(&path, &before.identity.sub, &before.credential, hash)?;
            Ok(VerifiedUser { credential, ..before })
        };
        let stopped = |_| ChangeRefused::NotWritten("the server is stopping".to_owned());
        tokio::task::spawn_blocking(work).await.map_err(stopped)?
    }

    /// Whether this process can probably write the users file. False if the folder is read-only, or if the file is
    /// mounted separately.
    pub fn can_change(&self) -> bool {
        self.0.file.as_ref().is_some_and(|file| edit::is_writable(file.path()))
    }

    /// Charges a guess of a code of the second factor of this user, whose password was right. If no guess is allowed
    /// now, the error says how many seconds to wait.
    pub fn begin_code(&self, user: &str, asker: &Asker, now: UnixTime) -> Result<CodeGuess, u64> {
        let charge = self.0.codes.begin(code_guess::target(user), asker, now)?;
        Ok(CodeGuess { user: user.to_owned(), asker: *asker, charge })
    }

    /// Records that the code was right.
    pub fn code_was_right(&self, guess: &CodeGuess) {
        self.0.codes.succeeded(guess.target(), &guess.asker, guess.charge);
    }

    /// Takes the charge back, because the code was not a guess: it had been accepted before.
    pub fn forgive_code(&self, guess: &CodeGuess) {
        self.0.codes.forgive(guess.target(), &guess.asker, guess.charge);
    }

    /// Whether the users file exists now. Without it, nothing says who the users are.
    pub fn has_file(&self) -> bool {
        self.0.file.as_ref().is_some_and(|file| file.path().exists())
    }

    /// Whether the users file contains this name now; false if the file cannot be read.
    pub fn knows(&self, name: &str) -> bool {
        self.0.user(name).is_ok_and(|user| user.is_some())
    }

    /// Checks that the users file still allows a user who logged in at `base` before. Returns the identity that the
    /// file gives the user now.
    pub fn still_allowed(&self, sub: &str, base: &Base) -> Result<Identity, NoLongerAllowed> {
        self.0.admitted(sub, base).map(|user| user.identity())
    }

    /// Like [`Self::still_allowed`], for a user who has presented a passkey. Also returns the user's present
    /// [`Credential`], which the session keeps.
    pub fn allowed_with_passkey(
        &self,
        sub: &str,
        base: &Base,
    ) -> Result<(Identity, Credential), NoLongerAllowed> {
        self.0.admitted(sub, base).map(|user| (user.identity(), user.password.credential()))
    }

    /// Like [`Self::still_allowed`], for a user with a session that began with a sign-in by the password `credential`.
    /// Also fails if the user's password has changed since then.
    pub fn still_signed_in(
        &self,
        sub: &str,
        base: &Base,
        credential: &Credential,
    ) -> Result<Identity, NoLongerAllowed> {
        let (identity, now) = self.allowed_with_passkey(sub, base)?;
        if now == *credential { Ok(identity) } else { Err(NoLongerAllowed::Refused(Reason::PasswordChanged)) }
    }
}

impl Inner {
    fn user(&self, name: &str) -> Result<Option<Arc<LocalUser>>, UsersFileError> {
        self.file.as_ref().map_or(Ok(None), |file| file.user(name))
    }

    /// Returns the user. Fails if the users file does not allow the user at `base` now, or cannot be used.
    fn admitted(&self, name: &str, base: &Base) -> Result<Arc<LocalUser>, NoLongerAllowed> {
        let user = self.user(name).map_err(|error| NoLongerAllowed::Unavailable(error.to_string()))?;
        let user = user.ok_or(NoLongerAllowed::Refused(Reason::UnknownUser))?;
        user.admitted_to(base).map_err(NoLongerAllowed::Refused)?;
        Ok(user)
    }
}

/// Checks the password first, then whether the user may access the tenant. Blocking and slow.
fn check(user: Option<&LocalUser>, password: &Secret<String>, base: &Base) -> Result<VerifiedUser, Reason> {
    let right = password::matches(user.map(|user| &user.password), password);
    let user = user.ok_or(Reason::UnknownUser)?;
    if !right {
        return Err(Reason::WrongPassword);
    }
    user.admitted_to(base)?;
    Ok(VerifiedUser { identity: user.identity(), credential: user.password.credential() })
}
