//! Writes files so that a reader finds them whole or not at all, even after a crash.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Puts a file with this content and mode in the place of the one at `path`.
pub fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    with_new(path, content, mode, |new| std::fs::rename(new, path))
}

/// Creates the file at `path`. Fails with [`io::ErrorKind::AlreadyExists`] if there is one, even if another process
/// creates it at the same time.
pub fn create(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    with_new(path, content, mode, |new| std::fs::hard_link(new, path))
}

/// Writes a new file beside `path`; `publish` then gives it its name. Removes the new file if it is still there.
fn with_new(
    path: &Path,
    content: &[u8],
    mode: u32,
    publish: impl Fn(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let new = new_name(path);
    // A process that was killed may have left this file. `create_new` follows no symbolic link and keeps no old mode.
    remove(&new)?;
    let done = write(&new, content, mode).and_then(|()| publish(&new));
    let removed = remove(&new);
    done.and(removed)?;
    File::open(folder_of(path))?.sync_all()
}

/// The folder of this file.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Waits until no other command edits a file in this file's folder. The lock ends with the returned folder.
pub fn lock_folder(path: &Path) -> io::Result<File> {
    let folder = File::open(folder_of(path))?;
    folder.lock()?;
    Ok(folder)
}

/// The name of the file that is written; in the same folder, so that it can be renamed.
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
