//! The plugin keys of an instance: read once from its environment, or from time to time from the sidecar's file.

use super::log::{Level, LogLine};
use super::response::Response;
use crate::context::PluginKeys;
use crate::jose::anchor::TrustAnchors;
use crate::resource::keys_file::{KeysFile, Refreshed};
use crate::resource::options::{KEYS_FILE, KeySource};
use crate::resource::request::RequestView;
use crate::time::UnixTime;

/// The keys, and where they come from.
pub(super) struct Keys {
    present: Option<PluginKeys>,
    file: Option<KeysFile>,
}

impl Keys {
    pub(super) fn new(source: KeySource) -> Self {
        match source {
            KeySource::Environment(keys) => Self { present: Some(keys), file: None },
            KeySource::File => Self { present: None, file: Some(KeysFile::new(KEYS_FILE)) },
        }
    }

    /// Whether the keys are in a file, and so may change.
    pub(super) const fn are_in_a_file(&self) -> bool {
        self.file.is_some()
    }

    /// The plugin keys in use; `None` only before [`Keys::refresh`] has succeeded.
    pub(super) const fn present(&self) -> Option<&PluginKeys> {
        self.present.as_ref()
    }

    /// Reads the file if it is due, and sooner if a request needs a key that is not known. Returns the trust anchors if
    /// the keys changed. Fails with 503 if no key was ever read, or if the request needs an unknown key and the file,
    /// which may hold it, cannot be used.
    pub(super) fn refresh(
        &mut self,
        now: UnixTime,
        is_key_unknown: bool,
        view: &mut dyn RequestView,
    ) -> Result<Refreshed<TrustAnchors>, Response> {
        let Some(file) = &mut self.file else { return Ok(Refreshed::Unchanged) };
        let refreshed = file.refresh(now, is_key_unknown, view);
        if file.is_unknown() || (is_key_unknown && file.failure().is_some()) {
            let line = LogLine::new(Level::Error, self.complaint());
            return Err(Response::unavailable(5, line).for_every_page());
        }
        Ok(match refreshed {
            Refreshed::Unchanged => Refreshed::Unchanged,
            Refreshed::Failed => Refreshed::Failed,
            Refreshed::Changed(keys) => {
                self.present = Some(keys.plugin);
                Refreshed::Changed(keys.anchors)
            }
        })
    }

    /// What is wrong with the file, and what to do.
    pub(super) fn complaint(&self) -> String {
        let Some(file) = &self.file else { return String::new() };
        let consequence = if file.is_unknown() {
            ". Mount the sidecar's BOUNCER_SHARE_DIR as /mcpbouncer (settings.mounts), or pass BOUNCER_PLUGIN_KEY and \
             BOUNCER_TRUST_ANCHOR (settings.envs)"
        } else {
            "; the keys read before stay in use"
        };
        let reason = file.failure().unwrap_or_default();
        ["keys file ", file.path(), " cannot be used: ", reason, consequence].concat()
    }
}
