//! A file that only this program should write. [`KeptFile::keep`] replaces the file if its content should change, and
//! restores it if somebody else has removed or changed it.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use crate::file_stamp::FileStamp;
use crate::whole_file;

/// What [`KeptFile::keep`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The file already was as it should be.
    Unchanged,
    /// The file was written for the first time, or with new content.
    Written,
    /// Somebody else had removed the file, and it was written again.
    WasMissing,
    /// Somebody else had changed the file, and it was written again.
    WasChanged,
}

/// A file, and what this program last wrote to it.
pub struct KeptFile {
    path: PathBuf,
    written: Option<Written>,
}

/// The content that was written last, and the metadata of the file after that.
struct Written {
    content: Cow<'static, [u8]>,
    stamp: FileStamp,
}

impl std::fmt::Debug for KeptFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl KeptFile {
    /// Makes a `KeptFile` for this path. Writes nothing yet.
    pub const fn new(path: PathBuf) -> Self {
        Self { path, written: None }
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether this is the content that the last [`Self::keep`] wrote or found.
    pub fn has_written(&self, content: &[u8]) -> bool {
        self.written.as_ref().is_some_and(|last| *last.content == *content)
    }

    /// Makes sure that the file has this content and these permissions. Writes the file only if necessary. Blocking.
    pub fn keep(&mut self, content: Cow<'static, [u8]>, mode: u32) -> io::Result<Kept> {
        let found = stamp(&self.path)?;
        let has_mode = |found: FileStamp| found.permissions() == mode;
        let kept = match (&self.written, found) {
            (Some(last), Some(found)) if last.stamp == found && has_mode(found) => {
                if last.content == content {
                    return Ok(Kept::Unchanged);
                }
                Kept::Written
            }
            (Some(_), None) => Kept::WasMissing,
            (_, Some(found)) if has_mode(found) && holds(&self.path, found, &content) => {
                // An earlier run, or another sidecar at the same store, wrote the file.
                self.written = Some(Written { content, stamp: found });
                return Ok(Kept::Unchanged);
            }
            (Some(_), Some(_)) => Kept::WasChanged,
            (None, _) => Kept::Written,
        };
        whole_file::replace(&self.path, &content, mode)?;
        // If somebody has already removed the file again, the next call writes it again.
        let stamp = stamp(&self.path)?;
        self.written = stamp.map(|stamp| Written { content, stamp }).or_else(|| self.written.take());
        Ok(kept)
    }
}

/// Returns the stamp of the file; `None` if there is no file. A symbolic link is not followed.
fn stamp(path: &Path) -> io::Result<Option<FileStamp>> {
    match std::fs::symlink_metadata(path) {
        Ok(file) => Ok(Some(FileStamp::of(&file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the file has this content. If the length differs, the file is not read.
fn holds(path: &Path, found: FileStamp, content: &[u8]) -> bool {
    found.length() == content.len() as u64 && std::fs::read(path).is_ok_and(|bytes| bytes == content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_file_is_written_once_and_restored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = KeptFile::new(path.clone());
        let mut keep = |content: &'static str| file.keep(Cow::Borrowed(content.as_bytes()), 0o640).unwrap();
        assert_eq!([keep("one"), keep("one")], [Kept::Written, Kept::Unchanged]);
        assert_eq!([keep("two"), keep("two")], [Kept::Written, Kept::Unchanged]);
        std::fs::remove_file(&path).unwrap();
        assert_eq!([keep("two"), keep("two")], [Kept::WasMissing, Kept::Unchanged]);
        std::fs::write(&path, "tw").unwrap();
        assert_eq!([keep("two"), keep("two")], [Kept::WasChanged, Kept::Unchanged]);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!([keep("two"), keep("two")], [Kept::WasChanged, Kept::Unchanged]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
    }

    #[test]
    fn a_file_of_an_earlier_run_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let content = || Cow::Borrowed(&b"one"[..]);
        KeptFile::new(path.clone()).keep(content(), 0o600).unwrap();
        assert_eq!(KeptFile::new(path.clone()).keep(content(), 0o600).unwrap(), Kept::Unchanged);
        assert_eq!(KeptFile::new(path).keep(Cow::Borrowed(b"two"), 0o600).unwrap(), Kept::Written);
    }
}
