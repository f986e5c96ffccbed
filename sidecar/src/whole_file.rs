//! Writes files so that a reader never finds a part of one, even after a crash: with [`replace`] the old or the new
//! file, with [`create`] the new file or none.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// A new file that is this old was left by a process that was killed. A write takes milliseconds, or minutes while a
/// disk hangs.
const ABANDONED: Duration = Duration::from_hours(1);

/// Writes a file with this content and mode. It replaces the file at `path`, if there is one. If several calls do so at
/// the same time, each of them succeeds, and the file is that of one of them.
pub fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    with_new(path, content, mode, |new| std::fs::rename(new, path))
}

/// Creates the file at `path`. Fails with [`io::ErrorKind::AlreadyExists`] if there is a file, even if another process
/// creates it at the same time.
pub fn create(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    with_new(path, content, mode, |new| {
        std::fs::hard_link(new, path)?;
        std::fs::remove_file(new)
    })
}

/// Writes a new file beside `path`, then calls `publish`, which gives the new file the name `path` instead of its own.
fn with_new(
    path: &Path,
    content: &[u8],
    mode: u32,
    publish: impl Fn(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let (new, mut file) = new_file(path, mode)?;
    let done = write(&mut file, content, mode).and_then(|written| publish(&new).map(|()| written));
    match done {
        Ok(written) => {
            // The file is published. If this fails, a later call tries it again.
            let _ = remove_abandoned(path, written);
            File::open(folder_of(path))?.sync_all()
        }
        Err(error) => {
            // The first error is the one to report.
            let _ = std::fs::remove_file(&new);
            Err(error)
        }
    }
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

/// Creates an empty file that belongs to this call alone. If two calls used the same new file, one of them could
/// publish what the other one writes. The file is in the folder of `path`, so that it can be renamed or linked to
/// `path`.
fn new_file(path: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    loop {
        let new = new_name(path, NUMBER.fetch_add(1, Ordering::Relaxed));
        // `create_new` follows no symbolic link and keeps no old mode.
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&new) {
            // Processes in different containers may have the same id, and one that was killed may have left the file.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (new, file)),
        }
    }
}

fn new_name(path: &Path, number: u64) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.new", std::process::id()));
    path.with_file_name(name)
}

/// Whether [`new_name`] makes this name in any process, for a file that is called `file`.
fn is_new_name(name: &str, file: &str) -> bool {
    let rest = name.strip_prefix(file).and_then(|rest| rest.strip_prefix('.'));
    let numbers = rest.and_then(|rest| rest.strip_suffix(".new")).and_then(|rest| rest.split_once('-'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    numbers.is_some_and(|(process, number)| is_number(process) && is_number(number))
}

/// Removes the new files for `path` that are [`ABANDONED`] at the time `written`.
fn remove_abandoned(path: &Path, written: SystemTime) -> io::Result<()> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    for entry in std::fs::read_dir(folder_of(path))? {
        let entry = entry?;
        if is_new_name(&entry.file_name().to_string_lossy(), &file)
            && written.duration_since(entry.metadata()?.modified()?).is_ok_and(|age| age >= ABANDONED)
        {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Writes and syncs the content. Returns the time of the write by the clock of the file system.
fn write(file: &mut File, content: &[u8], mode: u32) -> io::Result<SystemTime> {
    // Sets the mode again because the umask may have removed bits from it.
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(content)?;
    file.sync_all()?;
    file.metadata()?.modified()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    const THREADS: usize = 16;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Calls `make` in many threads at the same time, in each with another content. Returns the contents and the
    /// results.
    fn at_once(make: impl Fn(&[u8]) -> io::Result<()> + Sync) -> Vec<(String, io::Result<()>)> {
        let barrier = Barrier::new(THREADS);
        let call = |number: usize| {
            let content = format!("{number} ").repeat(1_000);
            barrier.wait();
            let result = make(content.as_bytes());
            (content, result)
        };
        std::thread::scope(|scope| {
            let call = &call;
            let threads: Vec<_> = (0..THREADS).map(|number| scope.spawn(move || call(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    #[test]
    fn a_file_is_replaced_with_its_mode_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (content, mode) in [("one", 0o600), ("two", 0o644)] {
            replace(&path, content.as_bytes(), mode).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn a_file_that_is_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        create(&path, b"one", 0o600).unwrap();
        assert_eq!(create(&path, b"two", 0o600).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn a_file_that_cannot_take_its_place_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::create_dir(&path).unwrap();
        assert!(replace(&path, b"one", 0o600).is_err());
        assert_eq!(names(folder.path()), ["file"]);
    }

    /// Each call has a new file of its own. Otherwise a call could publish the file of another one, and take it for its
    /// own.
    #[test]
    fn of_many_that_create_a_file_at_the_same_time_one_succeeds() {
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            let results = at_once(|content| create(&path, content, 0o600));
            let found = std::fs::read_to_string(&path).unwrap();
            for (content, result) in results {
                let expected = if content == found { Ok(()) } else { Err(io::ErrorKind::AlreadyExists) };
                assert_eq!(result.map_err(|error| error.kind()), expected);
            }
            assert_eq!(names(folder.path()), ["file"]);
        }
    }

    #[test]
    fn all_that_replace_a_file_at_the_same_time_succeed() {
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            let results = at_once(|content| replace(&path, content, 0o600));
            let found = std::fs::read_to_string(&path).unwrap();
            assert!(results.iter().all(|(_, result)| result.is_ok()), "{results:?}");
            assert!(results.iter().any(|(content, _)| *content == found), "{found}");
            assert_eq!(names(folder.path()), ["file"]);
        }
    }

    #[test]
    fn the_new_file_of_another_process_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let taken: Vec<_> = (0..3_000).map(|number| new_name(&path, number)).collect();
        for path in &taken {
            std::fs::write(path, "another").unwrap();
        }
        create(&path, b"one", 0o600).unwrap();
        replace(&path, b"two", 0o600).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert!(taken.iter().all(|path| std::fs::read_to_string(path).unwrap() == "another"));
    }

    #[test]
    fn what_a_process_left_that_was_killed_is_removed_an_hour_later() {
        let folder = tempfile::tempdir().unwrap();
        let old =
            ["file.1-0.new", "file.77-123.new", "file.1-2-3.new", "file.1-.new", "file.new", "other.1-0.new"];
        for name in old {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        }
        std::fs::write(folder.path().join("file.1-1.new"), "of a process that may be running").unwrap();
        replace(&folder.path().join("file"), b"one", 0o600).unwrap();
        let left = ["file", "file.1-.new", "file.1-1.new", "file.1-2-3.new", "file.new", "other.1-0.new"];
        assert_eq!(names(folder.path()), left);
    }
}
