//! Edits the users file, for commands and for users who change their password: atomically, and one edit at a time.

use super::file::{Contents, LocalUser, UsersFileError, check, parse};
use super::password::StoredHash;
use super::types::{ChangeRefused, Credential};
use crate::whole_file::{self, folder_of, lock_folder};
use protocol::text::TextSet;
use protocol::uri::Base;
use rustix::fs::Access;
use serde::Serialize;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

impl From<UsersFileError> for ChangeRefused {
    fn from(error: UsersFileError) -> Self {
        match error {
            UsersFileError::Unknown(_) | UsersFileError::Changed(_) => Self::Outdated,
            other => Self::NotWritten(other.to_string()),
        }
    }
}

/// A user to add; the password is passed separately, as a hash ([`super::hash_password`]).
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// The login name.
    pub name: String,
    /// The email address. It is written as verified, because the operator vouches for it.
    pub email: Option<String>,
    /// The user's groups.
    pub groups: TextSet,
    /// Base URLs of the user's tenants; empty means every tenant.
    pub tenants: BTreeSet<Base>,
}

/// A user of the file, without the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedUser {
    /// The login name.
    pub name: String,
    /// The email address.
    pub email: Option<String>,
    /// The user's groups.
    pub groups: TextSet,
    /// Base URLs of the user's tenants; absent means every tenant.
    pub tenants: Option<BTreeSet<Base>>,
    /// Whether the user is disabled.
    pub disabled: bool,
}

/// A change to a user of the file.
#[derive(Clone, Debug)]
pub enum Change {
    /// Disables the user (`true`) or enables the user again (`false`).
    Disabled(bool),
    /// Replaces the user's password hash by this one.
    Password(String),
    /// Removes the user.
    Remove,
}

/// Adds a user to the file and creates the file if necessary. Fails if the user already exists. Blocking.
pub fn add_user(path: &Path, user: NewUser, password_hash: String) -> Result<(), UsersFileError> {
    edit(path, |users| {
        if users.iter().any(|known| known.name.eq_ignore_ascii_case(&user.name)) {
            return Err(UsersFileError::Exists(user.name));
        }
        users.push(LocalUser {
            name: user.name,
            password: password_hash.try_into().map_err(|reason| invalid(path, reason))?,
            email_verified: user.email.as_ref().map(|_| true),
            email: user.email,
            display_name: None,
            groups: user.groups,
            tenants: Some(user.tenants).filter(|tenants| !tenants.is_empty()),
            disabled: false,
        });
        Ok(())
    })
}

/// Changes a user of the file. Fails if there is no such user. Blocking.
pub fn change_user(path: &Path, name: &str, change: Change) -> Result<(), UsersFileError> {
    edit(path, |users| {
        let unknown = || UsersFileError::Unknown(name.to_owned());
        let at = users.iter().position(|user| user.name == name).ok_or_else(unknown)?;
        match change {
            Change::Remove => drop(users.remove(at)),
            Change::Disabled(disabled) => users.get_mut(at).ok_or_else(unknown)?.disabled = disabled,
            Change::Password(hash) => {
                let hash = hash.try_into().map_err(|reason| invalid(path, reason))?;
                users.get_mut(at).ok_or_else(unknown)?.password = hash;
            }
        }
        Ok(())
    })
}

/// Replaces the password hash of a user by `hash`, if the present hash is still the one that was checked (`before`).
/// Returns the new credential. Blocking.
pub(super) fn replace_password(
    path: &Path,
    name: &str,
    before: &Credential,
    hash: String,
) -> Result<Credential, UsersFileError> {
    let hash = StoredHash::try_from(hash).map_err(|reason| invalid(path, reason))?;
    let credential = hash.credential();
    edit(path, |users| {
        let unknown = || UsersFileError::Unknown(name.to_owned());
        let user = users.iter_mut().find(|user| user.name == name).ok_or_else(unknown)?;
        if user.password.credential() != *before {
            return Err(UsersFileError::Changed(name.to_owned()));
        }
        user.password = hash;
        Ok(())
    })?;
    Ok(credential)
}

/// Whether another file can probably be renamed over this one: the folder can be written, and the file is not mounted
/// separately.
pub(super) fn is_writable(path: &Path) -> bool {
    let folder = folder_of(path);
    let device = |path: &Path| std::fs::metadata(path).ok().map(|found| MetadataExt::dev(&found));
    let allowed = rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok();
    allowed && device(folder) == device(path)
}

/// Returns the users of the file, in the file's order. Blocking.
pub fn list_users(path: &Path) -> Result<Vec<ListedUser>, UsersFileError> {
    let listed = |user: LocalUser| ListedUser {
        name: user.name,
        email: user.email,
        groups: user.groups,
        tenants: user.tenants,
        disabled: user.disabled,
    };
    Ok(read(path)?.users.into_iter().map(listed).collect())
}

fn failed(path: &Path, source: std::io::Error) -> UsersFileError {
    UsersFileError::Io { path: path.to_owned(), source }
}

fn invalid(path: &Path, reason: &str) -> UsersFileError {
    failed(path, std::io::Error::new(std::io::ErrorKind::InvalidInput, reason))
}

/// Reads the file's content; empty if there is no file.
fn read(path: &Path) -> Result<Contents, UsersFileError> {
    match std::fs::read(path) {
        Ok(text) => parse(&text, path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Contents::default()),
        Err(error) => Err(failed(path, error)),
    }
}

/// Changes the users file. Writes the new content to a temporary file with mode 0600, syncs it, and renames it over the
/// old one, so that a reader never sees half a file. Concurrent calls wait for each other.
fn edit(
    path: &Path,
    change: impl FnOnce(&mut Vec<LocalUser>) -> Result<(), UsersFileError>,
) -> Result<(), UsersFileError> {
    let _lock = lock_folder(path).map_err(|error| failed(path, error))?;
    let mut contents = read(path)?;
    change(&mut contents.users)?;
    let mut text = serde_json::to_vec_pretty(&contents).map_err(|error| failed(path, error.into()))?;
    text.push(b'\n');
    check(contents, path)?;
    whole_file::replace(path, &text, 0o600).map_err(|error| failed(path, error))
}
