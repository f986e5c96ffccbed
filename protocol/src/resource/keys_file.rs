//! A file in a directory that Traefik mounts, with the keys that the plugin shares with the sidecar and the trust
//! anchors that certify signing keys ([`SharedKeys`]). The plugin reads the file again from time to time.

use super::request::{RequestView, Unreadable};
use super::shared_keys::SharedKeys;
use crate::secret::Secret;
use crate::time::UnixTime;

/// Seconds between two reads in normal operation.
const INTERVAL: u64 = 60;
/// Seconds between two reads if a request needs an unknown key or the last read failed.
const MIN_INTERVAL: u64 = 5;

/// The file, and its text when it was last usable. The caller keeps the keys.
pub struct KeysFile {
    path: &'static str,
    /// The text; empty before the first read that succeeded.
    text: Secret<Vec<u8>>,
    tried: Option<UnixTime>,
    failure: Option<String>,
}

/// What [`KeysFile::refresh`] did.
#[derive(PartialEq, Eq, Debug)]
pub enum Refreshed<T> {
    /// The keys are the same as before: the file was not due, holds the same text, or still cannot be used.
    Unchanged,
    /// The file cannot be used, and the read before did not fail. The previous keys, if there are any, stay in use.
    /// [`KeysFile::failure`] says why.
    Failed,
    /// The keys have changed: whatever was verified with the previous keys is void.
    Changed(T),
}

impl KeysFile {
    /// Creates the state of a file that has not been read yet.
    pub const fn new(path: &'static str) -> Self {
        Self { path, text: Secret::new(Vec::new()), tried: None, failure: None }
    }

    /// The file's path.
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// Whether the file was never usable.
    pub const fn is_unknown(&self) -> bool {
        self.text.expose().is_empty()
    }

    /// Why the last read failed; `None` if it did not fail.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Reads the file if it is due: every minute, every 5 s where a request needs a key that is not known or the last
    /// read failed, and every second where no key is known at all.
    pub fn refresh(
        &mut self,
        now: UnixTime,
        is_key_unknown: bool,
        view: &mut dyn RequestView,
    ) -> Refreshed<SharedKeys> {
        if !self.is_due(now, is_key_unknown) {
            return Refreshed::Unchanged;
        }
        self.tried = Some(now);
        let reason = match self.read(view) {
            Ok(refreshed) => {
                self.failure = None;
                return refreshed;
            }
            Err(reason) => reason,
        };
        if self.failure.replace(reason).is_none() { Refreshed::Failed } else { Refreshed::Unchanged }
    }

    /// Whether the file has to be read now. A clock that was set back counts as time passed.
    fn is_due(&self, now: UnixTime, is_key_unknown: bool) -> bool {
        let Some(tried) = self.tried else { return true };
        let least = if self.is_unknown() {
            1
        } else if is_key_unknown || self.failure.is_some() {
            MIN_INTERVAL
        } else {
            INTERVAL
        };
        now.is_past(tried, least)
    }

    fn read(&mut self, view: &mut dyn RequestView) -> Result<Refreshed<SharedKeys>, String> {
        let text = view.file(self.path).map(Secret::new).map_err(Unreadable::of_file)?;
        if !self.is_unknown() && self.text.expose() == text.expose() {
            return Ok(Refreshed::Unchanged);
        }
        let keys = SharedKeys::parse(text.expose()).map_err(|error| error.to_string())?;
        self.text = text;
        Ok(Refreshed::Changed(keys))
    }
}
