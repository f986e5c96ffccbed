//! Writes files so that a reader finds either the whole file or none, even after a crash.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Writes a file with this content and mode. It replaces the file at `path`, if there is one.
pub fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    with_new(path, content, mode, |new| std::fs::rename(new, path))
}

/// Creates the file at `path`. Fails with [`io::ErrorKind::AlreadyExists`] if there is a file, even if another process
/// creates it at the same time.
pub fn create(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    with_new(path, content, mode, |new| std::fs::hard_link(new, path))
}

/// Writes a new file beside `path`, then calls `publish`, which gives the new file the name `path`. Finally removes the
/// name of the new file, if it still exists.
fn with_new(
    path: &Path,
    content: &[u8],
    mode: u32,
    publish: impl Fn(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let new = new_name(path);
    // A process that was killed may have left the new file. `create_new` follows no symbolic link and keeps no old
    // mode.
    remove(&new)?;
    let done = write(&new, content, mode).and_then(|()| publish(&new));
    let removed = remove(&new);
    done.and(removed)?;
    File::open(folder_of(path))?.sync_all()
}

/// Returns the folder that contains this file.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Locks the folder of this file, waiting until no other command holds the lock. The lock ends when the returned handle
/// is dropped.
pub fn lock_folder(path: &Path) -> io::Result<File> {
    let folder = File::open(folder_of(path))?;
    folder.lock()?;
    Ok(folder)
}

/// Returns the path of the new file. It is in the same folder, so that it can be renamed or linked to `path`.
fn new_name(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    // Sets the mode again because the umask may have removed bits from it.
    file.set_permissions(std::fs::Permissions::from_mode(mode))?;
    file.write_all(content)?;
    file.sync_all()
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_with_its_mode_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(new_name(&path), "left by one that was killed").unwrap();
        for (content, mode) in [("one", 0o600), ("two", 0o644)] {
            replace(&path, content.as_bytes(), mode).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        create(&path, b"one", 0o600).unwrap();
        assert_eq!(create(&path, b"two", 0o600).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_cannot_take_its_place_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::create_dir(&path).unwrap();
        assert!(replace(&path, b"one", 0o600).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
