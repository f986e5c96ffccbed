//! The users file. It is parsed strictly, and read again when it changes.

use super::password::StoredHash;
use super::types::Reason;
use crate::clock::Clock;
use crate::reloaded_file::{Content, ReadError, ReloadedFile};
use crate::whole_file::folder_of;
use protocol::settings::{Identity, Profile, is_client_subject};
use protocol::text::TextSet;
use protocol::uri::Base;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The maximum size of the users file, in bytes; enough for some ten thousand users.
const MAX_FILE: u64 = 8 * 1024 * 1024;

/// A user in the file. The password hash cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LocalUser {
    /// The login name, which is also the `sub`: 1–255 visible ASCII characters.
    pub(super) name: String,
    /// The argon2id hash of the password, in PHC format.
    pub(super) password: StoredHash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) email_verified: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<String>,
    #[serde(default, skip_serializing_if = "TextSet::is_empty")]
    pub(super) groups: TextSet,
    /// The base URLs of the tenants that this user may access; absent means all tenants. A tenant's options can only
    /// restrict access further.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tenants: Option<BTreeSet<Base>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) disabled: bool,
}

impl LocalUser {
    /// Checks that the file allows this user at the tenant with the base URL `base`. The error is the reason why not.
    pub(super) fn admitted_to(&self, base: &Base) -> Result<(), Reason> {
        if self.disabled {
            return Err(Reason::Disabled);
        }
        let admitted = self.tenants.as_ref().is_none_or(|bases| bases.contains(base));
        if admitted { Ok(()) } else { Err(Reason::OtherTenant) }
    }

    /// Returns the user's identity for tokens.
    pub(super) fn identity(&self) -> Identity {
        Identity {
            sub: self.name.clone(),
            claims: Profile {
                email: self.email.clone(),
                email_verified: self.email.as_ref().map(|_| self.email_verified.unwrap_or(false)),
                name: self.display_name.clone(),
                preferred_username: Some(self.name.clone()),
                groups: self.groups.clone(),
                ..Profile::default()
            },
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contents {
    pub(super) users: Vec<LocalUser>,
}

type ByName = BTreeMap<String, Arc<LocalUser>>;

/// Why the users file cannot be used. The message quotes user names from the file, but none of its other values.
#[derive(Debug, thiserror::Error)]
pub enum UsersFileError {
    /// The file does not exist.
    #[error("{0} does not exist; `mcpbouncer users add NAME` creates it")]
    Missing(PathBuf),
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is too large.
    #[error("{0} is larger than {MAX_FILE} bytes")]
    TooBig(PathBuf),
    /// The file is not valid JSON of the expected shape.
    #[error("{path}, line {line}, column {column}: {reason}")]
    Malformed {
        /// The path of the file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong, without any of the file's values.
        reason: &'static str,
    },
    /// A user name cannot be used as `sub`.
    #[error("{path}: user number {number}: a name has 1 to 255 visible ASCII characters and no space")]
    Name {
        /// The path of the file.
        path: PathBuf,
        /// The user's position in the file, from 1.
        number: usize,
    },
    /// A user name looks like the subject of a client that uses the client credentials grant.
    #[error(
        "{path}: user {name}: names that begin with client: are those of clients that act for themselves"
    )]
    OfClient {
        /// The path of the file.
        path: PathBuf,
        /// The user's name.
        name: String,
    },
    /// Two names are equal, apart from upper and lower case.
    #[error("{path}: user {name} is listed twice (upper and lower case are not distinguished)")]
    Duplicate {
        /// The path of the file.
        path: PathBuf,
        /// The user's name.
        name: String,
    },
    /// The user to add already exists.
    #[error("user {0} already exists")]
    Exists(String),
    /// The user to change does not exist.
    #[error("there is no user {0}")]
    Unknown(String),
    /// The user no longer has the password that was to be replaced.
    #[error("user {0} has another password by now")]
    Changed(String),
}

/// The users file in its present state.
#[derive(Debug)]
pub(super) struct UsersFile(ReloadedFile<ByName>);

impl UsersFile {
    pub(super) fn open(path: &Path, clock: &Arc<dyn Clock>) -> Result<Self, UsersFileError> {
        match ReloadedFile::<ByName>::open(path, clock) {
            Ok(file) => Ok(Self(file)),
            // In a new installation there is no users file yet.
            Err(UsersFileError::Missing(_)) if folder_of(path).is_dir() => {
                tracing::warn!(
                    "there is no local user yet, so nobody can log in: add one with `mcpbouncer users add NAME`, which makes \
                     the file in BOUNCER_USERS_FILE ({})",
                    path.display()
                );
                Ok(Self(ReloadedFile::absent(path, clock)))
            }
            Err(error) => Err(error),
        }
    }

    /// The path of the file.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Returns the user with this name, as the file is now.
    ///
    /// Fails if the file has become unreadable; its last content is not used then. Otherwise a mistake in the very edit
    /// that disables a user would leave the user enabled.
    pub(super) fn user(&self, name: &str) -> Result<Option<Arc<LocalUser>>, UsersFileError> {
        match self.0.now() {
            Ok(users) => Ok(users.get(name).cloned()),
            Err(UsersFileError::Missing(_)) if !self.0.was_read() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Content for ByName {
    type Error = UsersFileError;
    const MOST: u64 = MAX_FILE;

    fn parse(text: &[u8], path: &Path) -> Result<Self, UsersFileError> {
        check(parse(text, path)?, path)
    }

    fn unread(error: ReadError, path: &Path) -> UsersFileError {
        match error {
            ReadError::TooBig => UsersFileError::TooBig(path.to_owned()),
            ReadError::Io(source) if source.kind() == std::io::ErrorKind::NotFound => {
                UsersFileError::Missing(path.to_owned())
            }
            ReadError::Io(source) => UsersFileError::Io { path: path.to_owned(), source },
        }
    }
}

pub(super) fn parse(text: &[u8], path: &Path) -> Result<Contents, UsersFileError> {
    serde_json::from_slice(text).map_err(|error| UsersFileError::Malformed {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
        reason: match error.classify() {
            serde_json::error::Category::Data => {
                "not a valid user; the members are name, password (an argon2id PHC string), email, email_verified, \
                 display_name, groups, tenants (base URLs) and disabled, each at most once"
            }
            serde_json::error::Category::Eof => "the file ends too early",
            serde_json::error::Category::Io | serde_json::error::Category::Syntax => "not JSON",
        },
    })
}

pub(super) fn check(contents: Contents, path: &Path) -> Result<ByName, UsersFileError> {
    let mut folded = BTreeSet::new();
    let mut users = ByName::new();
    for (index, user) in contents.users.into_iter().enumerate() {
        if !Identity::is_valid_sub(&user.name) {
            return Err(UsersFileError::Name { path: path.to_owned(), number: index + 1 });
        }
        if is_client_subject(&user.name) {
            return Err(UsersFileError::OfClient { path: path.to_owned(), name: user.name });
        }
        if !folded.insert(user.name.to_ascii_lowercase()) {
            return Err(UsersFileError::Duplicate { path: path.to_owned(), name: user.name });
        }
        users.insert(user.name.clone(), Arc::new(user));
    }
    Ok(users)
}
