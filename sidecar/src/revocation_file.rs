//! `BOUNCER_REVOCATION_FILE`: the list of revoked grants that the plugin reads (its option
//! `revocationFile`), on a directory that both have mounted.
//!
//! Written anew whenever the list changes, to a file of its own that takes the old one's place, so that a
//! reader finds a whole list at any moment.

use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use protocol::resource::revocation::{MOST_REVOKED, RevocationList};
use protocol::time::{CLOCK_SKEW, UnixTime};

use crate::store::{Store, StoreError};

/// Why the list could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum RevocationFileError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file system refused.
    #[error("cannot write {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The file, and what it holds.
#[derive(Debug)]
pub struct RevocationFile {
    path: PathBuf,
    token_secs: u64,
    written: Mutex<Option<RevocationList>>,
}

impl RevocationFile {
    /// `token_secs` is the lifetime of access tokens: what was revoked longer ago concerns none.
    pub fn new(path: &Path, token_secs: u64) -> Self {
        Self { path: path.to_owned(), token_secs, written: Mutex::default() }
    }

    /// Brings the file up to date; `true` if it was written. Blocking.
    pub fn update(&self, store: &dyn Store, now: UnixTime) -> Result<bool, RevocationFileError> {
        let list = list(store, now.minus(self.token_secs + 2 * CLOCK_SKEW))?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.as_ref() == Some(&list) {
            return Ok(false);
        }
        let io = |source| RevocationFileError::Io { path: self.path.clone(), source };
        replace(&self.path, &list.to_text()).map_err(io)?;
        *written = Some(list);
        Ok(true)
    }
}

/// The newest revocations; where there are too many, a time stands for the older ones.
fn list(store: &dyn Store, since: UnixTime) -> Result<RevocationList, StoreError> {
    let revoked = store.revoked_since(since, MOST_REVOKED + 1)?;
    let before = revoked.get(MOST_REVOKED).map_or_else(UnixTime::default, |(at, _)| *at);
    let ids: Vec<String> = revoked.iter().take(MOST_REVOKED).map(|(_, id)| id.to_string()).collect();
    Ok(RevocationList::new(before, ids.iter().map(String::as_str)))
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    // Ids are no secret, and Traefik may be another user.
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)
}
