//! A file that is read again when it changes. To look at it costs one `stat` if nothing changed.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// What a file holds.
pub trait Content: Sized {
    /// Why a file cannot be used.
    type Error;

    /// The most bytes of a file.
    const MOST: u64;

    /// The content of the file at `path`.
    fn parse(text: &[u8], path: &Path) -> Result<Self, Self::Error>;

    /// The error of a file that cannot be read.
    fn unread(error: ReadError, path: &Path) -> Self::Error;
}

/// Why a file cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// It has more than [`Content::MOST`] bytes.
    TooBig,
    /// The operating system says so.
    Io(io::Error),
}

/// The file, and its content when it was last read.
#[derive(Debug)]
pub struct ReloadedFile<T> {
    path: PathBuf,
    last: Mutex<Last<T>>,
}

#[derive(Debug)]
struct Last<T> {
    /// The content, and the file that it was read from; `None` until there is one.
    good: Option<(Stamp, Arc<T>)>,
    /// What [`ReloadedFile::last_good`] could not use since.
    refused: Option<Seen>,
}

/// What a look at the file brought.
#[derive(Debug)]
pub enum Change<E> {
    /// Nothing since the last look.
    None,
    /// New content.
    Read,
    /// The file has changed and cannot be used. The next looks bring nothing, until it changes again.
    Refused(E),
}

/// File metadata that differ if the content may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    len: u64,
    inode: u64,
}

/// What is at the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    File(Stamp),
    /// No file that can be looked at.
    Nothing(io::ErrorKind),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Self { modified: metadata.modified().ok(), len: metadata.len(), inode }
    }
}

impl Seen {
    fn at(path: &Path) -> Self {
        match std::fs::metadata(path) {
            Ok(metadata) => Self::File(Stamp::of(&metadata)),
            Err(error) => Self::Nothing(error.kind()),
        }
    }
}

impl<T: Content> ReloadedFile<T> {
    /// Reads the file.
    pub fn open(path: &Path) -> Result<Self, T::Error> {
        let (stamp, content) = read::<T>(path)?;
        let good = Some((stamp, Arc::new(content)));
        Ok(Self { path: path.to_owned(), last: Mutex::new(Last { good, refused: None }) })
    }

    /// A file that need not be there yet.
    pub fn absent(path: &Path) -> Self {
        Self { path: path.to_owned(), last: Mutex::new(Last { good: None, refused: None }) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it was there and could be used at some time.
    pub fn was_read(&self) -> bool {
        self.lock().good.is_some()
    }

    /// The content as the file is now. A file that cannot be used is an error each time; its last content is not used.
    pub fn now(&self) -> Result<Arc<T>, T::Error> {
        let metadata = std::fs::metadata(&self.path);
        let mut last = self.lock();
        let metadata = metadata.map_err(|error| T::unread(ReadError::Io(error), &self.path))?;
        let stamp = Stamp::of(&metadata);
        if let Some((known, content)) = &last.good
            && *known == stamp
        {
            return Ok(Arc::clone(content));
        }
        let (stamp, content) = read::<T>(&self.path)?;
        let content = Arc::new(content);
        last.good = Some((stamp, Arc::clone(&content)));
        Ok(content)
    }

    /// The content when the file could last be used, and what this look at the file brought.
    pub fn last_good(&self) -> (Option<Arc<T>>, Change<T::Error>) {
        // Looked at by one caller at a time, so that none takes a former state for a change.
        let mut last = self.lock();
        let change = last.look(&self.path, Seen::at(&self.path));
        (last.good.as_ref().map(|(_, content)| Arc::clone(content)), change)
    }

    fn lock(&self) -> MutexGuard<'_, Last<T>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Content> Last<T> {
    fn look(&mut self, path: &Path, seen: Seen) -> Change<T::Error> {
        if self.good.as_ref().is_some_and(|(stamp, _)| seen == Seen::File(*stamp)) {
            self.refused = None;
            return Change::None;
        }
        if self.refused == Some(seen) {
            return Change::None;
        }
        match read::<T>(path) {
            Ok((stamp, content)) => {
                *self = Self { good: Some((stamp, Arc::new(content))), refused: None };
                Change::Read
            }
            Err(error) => {
                self.refused = Some(seen);
                Change::Refused(error)
            }
        }
    }
}

fn read<T: Content>(path: &Path) -> Result<(Stamp, T), T::Error> {
    let (stamp, text) = bytes(path, T::MOST).map_err(|error| T::unread(error, path))?;
    Ok((stamp, T::parse(&text, path)?))
}

fn bytes(path: &Path, most: u64) -> Result<(Stamp, Vec<u8>), ReadError> {
    let file = File::open(path).map_err(ReadError::Io)?;
    // Before the content: if the file is written to meanwhile, the next look reads it again.
    let stamp = Stamp::of(&file.metadata().map_err(ReadError::Io)?);
    let mut text = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut text).map_err(ReadError::Io)?;
    if text.len() as u64 > most { Err(ReadError::TooBig) } else { Ok((stamp, text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number.
    #[derive(Debug, PartialEq, Eq)]
    struct Number(u32);

    impl Content for Number {
        type Error = String;
        const MOST: u64 = 6;

        fn parse(text: &[u8], _: &Path) -> Result<Self, String> {
            let text = std::str::from_utf8(text).unwrap();
            text.parse().map(Self).map_err(|_| format!("{text} is not a number"))
        }

        fn unread(error: ReadError, _: &Path) -> String {
            match error {
                ReadError::TooBig => "too big".to_owned(),
                ReadError::Io(error) => error.kind().to_string(),
            }
        }
    }

    /// A folder and a file in it, and what replaces the file whole.
    fn file(text: &str) -> (tempfile::TempDir, PathBuf, impl Fn(&str)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let place = path.clone();
        let put = move |text: &str| crate::whole_file::replace(&place, text.as_bytes(), 0o600).unwrap();
        put(text);
        (folder, path, put)
    }

    #[test]
    fn the_content_is_that_of_the_file_now_or_an_error() {
        let (_folder, path, put) = file("1");
        let file = ReloadedFile::<Number>::open(&path).unwrap();
        assert!(file.was_read() && file.path() == path);
        let first = file.now().unwrap();
        assert_eq!(*first, Number(1));
        assert!(Arc::ptr_eq(&first, &file.now().unwrap()), "it is not read again");
        for (text, now) in [
            ("22", Ok(22)),
            ("x", Err("x is not a number")),
            ("1234567", Err("too big")),
            ("123456", Ok(123_456)),
        ] {
            put(text);
            let now = now.map(Number).map_err(str::to_owned);
            assert_eq!(file.now().map(|content| Number(content.0)), now);
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(file.now().unwrap_err(), "entity not found");
        assert!(file.was_read());
    }

    #[test]
    fn the_last_good_content_stays_and_each_change_is_told_once() {
        let (_folder, path, put) = file("1");
        let file = ReloadedFile::<Number>::open(&path).unwrap();
        let look = || {
            let (content, change) = file.last_good();
            let told = match change {
                Change::None => "nothing".to_owned(),
                Change::Read => "read".to_owned(),
                Change::Refused(error) => error,
            };
            (content.unwrap().0, told)
        };
        let twice = |number: u32, told: &str| {
            assert_eq!(look(), (number, told.to_owned()));
            assert_eq!(look(), (number, "nothing".to_owned()));
        };
        twice(1, "nothing");
        put("22");
        twice(22, "read");
        put("x");
        twice(22, "x is not a number");
        put("yyy");
        twice(22, "yyy is not a number");
        std::fs::remove_file(&path).unwrap();
        twice(22, "entity not found");
        put("1234567");
        twice(22, "too big");
        put("333");
        twice(333, "read");
        std::fs::remove_file(&path).unwrap();
        twice(333, "entity not found");
    }

    #[test]
    fn the_former_file_in_its_place_again_is_no_change() {
        let (folder, path, put) = file("1");
        let file = ReloadedFile::<Number>::open(&path).unwrap();
        let aside = folder.path().join("aside");
        for _ in 0..2 {
            std::fs::rename(&path, &aside).unwrap();
            put("x");
            assert!(matches!(file.last_good().1, Change::Refused(_)), "told again");
            std::fs::rename(&aside, &path).unwrap();
            assert!(matches!(file.last_good(), (Some(_), Change::None)));
        }
    }

    #[test]
    fn a_file_may_come_later() {
        let (_folder, path, put) = file("1");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(ReloadedFile::<Number>::open(&path).unwrap_err(), "entity not found");
        let file = ReloadedFile::<Number>::absent(&path);
        assert!(file.now().is_err() && !file.was_read() && file.last_good().0.is_none());
        put("1");
        assert_eq!(*file.now().unwrap(), Number(1));
    }
}
