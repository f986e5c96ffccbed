//! Recognizes that a file has changed without reading it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// Metadata of a file, which differ if its content or its permissions have changed. If another file takes its place,
/// the inode differs. If the file is written to, or if its permissions change, `changed` differs, which no program can
/// set. Only if a file is changed twice within one tick of the file system's clock, and keeps its length, can the stamp
/// stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    inode: (u64, u64),
    length: u64,
    mode: u32,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl FileStamp {
    /// Takes the stamp from the metadata of a file.
    pub fn of(file: &Metadata) -> Self {
        Self {
            inode: (file.dev(), file.ino()),
            length: file.len(),
            mode: file.mode(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }

    /// The length of the file in bytes.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The permission bits, without the type of the file.
    pub const fn permissions(&self) -> u32 {
        self.mode & 0o7777
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::time::SystemTime;

    fn stamp(path: &Path) -> FileStamp {
        FileStamp::of(&std::fs::metadata(path).unwrap())
    }

    fn write(path: &Path, text: &str) {
        std::fs::write(path, text).unwrap();
        File::open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }

    /// Kubernetes updates a mounted volume in this way: a symbolic link then leads to another file, whose times may be
    /// the same.
    #[test]
    fn another_file_of_the_same_length_and_times_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let made_at_once = (0..1_000).find_map(|n| {
            let paths = [format!("{n}-a"), format!("{n}-b")].map(|name| folder.path().join(name));
            for path in &paths {
                write(path, "one");
            }
            let [one, other] = paths.each_ref().map(|path| stamp(path));
            (one.changed == other.changed).then_some((one, other))
        });
        let (one, other) = made_at_once.unwrap();
        assert_eq!(FileStamp { inode: one.inode, ..other }, one);
        assert_ne!(one, other);
    }

    #[test]
    fn a_file_that_is_written_to_has_another_stamp_whatever_its_length_and_times() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, "one");
        let one = stamp(&path);
        let other = std::iter::repeat_with(|| {
            write(&path, "two");
            stamp(&path)
        });
        // The clock of the file system ticks every few milliseconds.
        let other = other.take(10_000_000).find(|other| other.changed != one.changed).unwrap();
        assert_eq!(FileStamp { changed: one.changed, ..other }, one);
    }

    #[test]
    fn other_permissions_are_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, "one");
        for mode in [0o600, 0o640] {
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert_eq!((stamp(&path).permissions(), stamp(&path).length()), (mode, 3));
        }
    }
}
