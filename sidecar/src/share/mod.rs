//! `BOUNCER_SHARE_DIR`: a folder that the sidecar and Traefik have both mounted, with the files that Traefik and its
//! plugin need.
//!
//! | file | for whom |
//! |---|---|
//! | `plugins-local/src/github.com/mcpbouncer/mcpbouncer/` | Traefik: the plugin and its manifest |
//! | `keys.json` | the plugin: plugin keys and trust anchors ([`SharedKeys`]) |
//! | `revoked` | the plugin: the list of revoked grants, unless `BOUNCER_REVOCATION_FILE` names another place |
//!
//! Each file is replaced as a whole. A file that is missing or was changed is written again within a second or two. If
//! the folder cannot be written, the sidecar and Traefik keep working with what Traefik has already read, and the log
//! says once what to do.

mod overlap;
mod plugin;
#[cfg(test)]
mod tests;
mod trouble;

use std::borrow::Cow;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use ed25519_dalek::SigningKey;
use events::{Event, Kind, Reason};
use protocol::resource::shared_keys::SharedKeys;
use protocol::time::UnixTime;

use crate::config::Config;
use crate::journal::Journal;
use crate::kept_file::{Kept, KeptFile};
use crate::revocation_file::{RevocationFile, RevocationFileError};
use overlap::Overlap;
use trouble::Trouble;

/// The name of the file of keys.
const KEYS: &str = "keys.json";
/// The name of the file with the list of revoked grants.
const REVOKED: &str = "revoked";
/// The mode of the plugin's files, which are not secret.
const PUBLIC: u32 = 0o644;
/// The mode of the plugin's folders.
const PUBLIC_FOLDER: u32 = 0o755;
/// The mode of the file of keys: only its owner and the superuser can read the file. Traefik usually runs as the
/// superuser.
const SECRET: u32 = 0o600;
/// The mode of the file of keys in a folder with [`SET_GROUP_ID`]: the file gets the folder's group, and Traefik can
/// read the file as a member of that group.
const SECRET_OF_GROUP: u32 = 0o640;
/// The mode bit of a folder that gives its own group to new files in it.
const SET_GROUP_ID: u32 = 0o2000;
/// The minimum time between two log lines about files that another program changed, in seconds.
const REPAIR_LOG_SECS: u64 = 60;

/// Returns the path at which Traefik, whose working directory is this folder, looks for the plugin. Also returns the
/// plugin inside this program; `None` if the program was built without it.
pub fn delivered(folder: &Path) -> (PathBuf, Option<&'static [u8]>) {
    let [wasm, ..] = plugin::files().map_or([None; 2], |files| files.map(|(_, content)| Some(content)));
    (plugin::folder(folder).join("plugin.wasm"), wasm)
}

/// Returns the path of the file of keys in the shared folder.
pub fn keys_file(folder: &Path) -> PathBuf {
    folder.join(KEYS)
}

/// The shared folder.
pub struct Share {
    folder: PathBuf,
    /// Whether other sidecars may write to the same folder.
    has_peers: bool,
    /// The list of revoked grants; `None` if `BOUNCER_REVOCATION_FILE` names another place.
    revocations: Option<RevocationFile>,
    /// Whether the last update could not bring a file or folder up to date. A failure of the store does not count.
    is_failing: AtomicBool,
    state: Mutex<State>,
}

struct State {
    overlap: Overlap,
    keys: KeptFile,
    plugin: Vec<(KeptFile, &'static [u8])>,
    /// The log sentence about the present problem; `None` if the folder is in order.
    trouble: Option<String>,
    repair_logged: Option<UnixTime>,
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Share").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Share {
    /// Opens the folder that the settings name; `None` if they name none. Reads the file of keys. Writes nothing yet.
    pub fn open(config: &Config) -> Option<Self> {
        let folder = config.server.share_dir.clone()?;
        let keys = folder.join(KEYS);
        let found = std::fs::read(&keys).ok().and_then(|json| SharedKeys::parse(&json).ok());
        let overlap = Overlap::new(config.keys.anchor(), config.keys.previous_anchors(), found.as_ref());
        let own_list = config.server.revocation_file.is_none();
        let below = plugin::folder(&folder);
        let plugin = plugin::files().into_iter().flatten();
        let plugin: Vec<_> =
            plugin.map(|(name, content)| (KeptFile::new(below.join(name)), content)).collect();
        if plugin.is_empty() {
            tracing::warn!(
                "this program was built without the Traefik plugin, so it cannot put it into BOUNCER_SHARE_DIR: build the \
                 plugin first (make plugin), or put it there yourself"
            );
        }
        let state = State { overlap, keys: KeptFile::new(keys), plugin, trouble: None, repair_logged: None };
        Some(Self {
            has_peers: config.storage.database_url.is_some(),
            revocations: own_list.then(|| RevocationFile::new(&folder.join(REVOKED))),
            is_failing: AtomicBool::new(false),
            state: Mutex::new(state),
            folder,
        })
    }

    /// The trust anchor that certifies signing keys now.
    pub fn anchor(&self) -> SigningKey {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).overlap.in_use().signing_key()
    }

    /// Whether the last update could not bring a file or folder up to date. A failure of the store does not count.
    pub fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    /// The list of revoked grants in the folder; `None` if `BOUNCER_REVOCATION_FILE` names another place.
    pub const fn revocations(&self) -> Option<&RevocationFile> {
        self.revocations.as_ref()
    }

    /// Whether the folder has a list of revoked grants: this server's, or one that the operator named with
    /// `BOUNCER_REVOCATION_FILE`.
    pub fn has_list(&self, named: Option<&Path>) -> bool {
        self.revocations.is_some() || named == Some(&self.folder.join(REVOKED))
    }

    /// Brings the folder up to date, and logs problems. If a rotation ends with this call, returns the new trust
    /// anchor, which certifies signing keys from now on. Blocking.
    pub fn update(&self, journal: &Journal, now: UnixTime) -> Option<SigningKey> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        let mut repaired = None;
        let mut note = |path: &Path, kept: Kept| {
            if matches!(kept, Kept::WasMissing | Kept::WasChanged) {
                repaired = Some(path.to_owned());
            }
        };
        let mut troubles = Vec::new();
        let mut is_turned = false;
        match self.keep_keys(state) {
            Ok(kept) => {
                note(state.keys.path(), kept);
                is_turned = state.overlap.published(now, kept == Kept::Unchanged);
            }
            Err(error) => troubles.push(trouble(state.keys.path(), error)),
        }
        if let Some(file) = &self.revocations {
            match file.update(journal.store().blocking(), now) {
                Ok(kept) => note(file.path(), kept),
                Err(RevocationFileError::Io { path, source }) => troubles.push(trouble(&path, source)),
                Err(RevocationFileError::Store(error)) if file.should_log_failure(now) => {
                    let event = Event::because(Kind::Operation, Reason::RevocationsNotWritten).detail(error);
                    journal.record(event.saying("the plugin cannot be told of revocations"));
                }
                Err(RevocationFileError::Store(_)) => {}
            }
        }
        match self.keep_plugin(&mut state.plugin) {
            Ok(all) => all.iter().for_each(|(path, kept)| note(path, *kept)),
            Err(error) => troubles.push(error),
        }
        self.is_failing.store(!troubles.is_empty(), Ordering::Relaxed);
        state.log(journal, &self.folder, troubles.first(), repaired.as_deref(), now);
        is_turned.then(|| state.overlap.in_use().signing_key())
    }

    fn keep_keys(&self, state: &mut State) -> io::Result<Kept> {
        let mode = std::fs::metadata(&self.folder)?.mode();
        let mode = if mode & SET_GROUP_ID == 0 { SECRET } else { SECRET_OF_GROUP };
        let wanted = state.overlap.file();
        let text = wanted.to_json();
        // Another sidecar's settings may already name one more key, and that sidecar may have added the key to the
        // file. Once this sidecar has written its own keys, it accepts a file that holds these and more.
        if self.has_peers && state.keys.has_written(text.expose().as_bytes()) {
            let found = std::fs::read(state.keys.path()).ok().and_then(|json| SharedKeys::parse(&json).ok());
            if found.is_some_and(|found| holds_all(&found, &wanted)) {
                return Ok(Kept::Unchanged);
            }
        }
        state.keys.keep(Cow::Owned(text.expose().clone().into_bytes()), mode)
    }

    fn keep_plugin(&self, files: &mut [(KeptFile, &'static [u8])]) -> Result<Vec<(PathBuf, Kept)>, Trouble> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        // If the shared folder does not exist, it is not mounted. This call then fails, and nothing creates the folder.
        std::fs::metadata(&self.folder).map_err(|error| trouble(&self.folder, error))?;
        for folder in plugin::folders(&self.folder) {
            make_folder(&folder).map_err(|error| trouble(&folder, error))?;
        }
        let mut all = Vec::new();
        for (file, content) in files {
            let kept = file.keep(Cow::Borrowed(content), PUBLIC);
            all.push((file.path().to_owned(), kept.map_err(|error| trouble(file.path(), error))?));
        }
        Ok(all)
    }
}

impl State {
    fn log(
        &mut self,
        journal: &Journal,
        folder: &Path,
        trouble: Option<&Trouble>,
        repaired: Option<&Path>,
        now: UnixTime,
    ) {
        let sentence = trouble.map(|trouble| trouble.sentence(folder));
        match &sentence {
            Some(sentence) if self.trouble.as_ref() != Some(sentence) => {
                journal.record(Event::because(Kind::Operation, Reason::ShareNotWritten).detail(sentence));
            }
            None if self.trouble.is_some() => {
                tracing::info!(folder = %folder.display(), "BOUNCER_SHARE_DIR is up to date again");
            }
            _ => {}
        }
        self.trouble = sentence;
        let is_due = self.repair_logged.is_none_or(|last| now.is_past(last, REPAIR_LOG_SECS));
        if let Some(path) = repaired.filter(|_| is_due) {
            self.repair_logged = Some(now);
            let event = Event::because(Kind::Operation, Reason::ShareChanged).detail(path.display());
            journal.record(event.saying(
                "somebody else removed or changed this file in BOUNCER_SHARE_DIR, and it was written again; nobody else may \
                 write there",
            ));
        }
    }
}

/// Whether a file has all of these keys, in any order.
fn holds_all(found: &SharedKeys, wanted: &SharedKeys) -> bool {
    wanted.plugin.iter().all(|key| found.plugin.iter().any(|known| known == key))
        && wanted.anchors.iter().all(|anchor| found.anchors.iter().any(|known| known == anchor))
}

/// Creates a folder that everybody may read, unless it exists.
fn make_folder(path: &Path) -> io::Result<()> {
    match std::fs::create_dir(path) {
        Ok(()) => std::fs::set_permissions(path, Permissions::from_mode(PUBLIC_FOLDER)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn trouble(path: &Path, error: io::Error) -> Trouble {
    Trouble { path: path.to_owned(), error }
}
