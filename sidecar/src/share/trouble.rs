//! The log message about a problem with the shared folder, which says what to do.

use std::io;
use std::path::{Path, PathBuf};

/// A file or folder that could not be brought up to date.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) path: PathBuf,
    pub(super) error: io::Error,
}

impl Trouble {
    /// Returns the message, which stays the same as long as the problem does.
    pub(super) fn sentence(&self, shared: &Path) -> String {
        let folder = shared.display();
        let remedy = match self.error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                format!(
                    "mount the volume that Traefik has mounted too as {folder}; the folder itself is never made"
                )
            }
            io::ErrorKind::PermissionDenied => {
                format!("make {folder} a folder that the user of this program may write")
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                format!("mount {folder} writable here; only Traefik needs no more than to read it")
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                format!("free or add space in {folder}")
            }
            _ => format!("look at {folder}"),
        };
        format!(
            "BOUNCER_SHARE_DIR: {} cannot be kept up to date: {}; {remedy}. Traefik goes on with what it read, and this is \
             tried again each second",
            self.path.display(),
            self.error
        )
    }
}
