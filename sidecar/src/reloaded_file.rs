//! A file that is read again when it changes. While it does not change, each use costs one `stat`, and no caller waits
//! for another one.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use protocol::encoding::sha256;
use protocol::time::UnixTime;

use crate::clock::Clock;
use crate::file_stamp::FileStamp;

#[cfg(test)]
mod tests;

/// The file is read once more when it has had the same stamp for this many seconds. Otherwise a change could be missed:
/// if a file is read and changed within one tick of the file system's clock, its stamp may stay the same. The longest
/// tick, that of FAT, takes two seconds.
const SETTLED_SECS: u64 = 3;

/// The content of a file, parsed.
pub trait Content: Sized {
    /// Why a file cannot be used.
    type Error;

    /// The maximum size of a file in bytes.
    const MOST: u64;

    /// Parses the content `text` of the file at `path`.
    fn parse(text: &[u8], path: &Path) -> Result<Self, Self::Error>;

    /// Makes the error for a file that cannot be read.
    fn unread(error: ReadError, path: &Path) -> Self::Error;
}

/// Why a file cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// It has more than [`Content::MOST`] bytes.
    TooBig,
    /// The operating system reports an error.
    Io(io::Error),
}

/// A file, and its content when it was last read.
pub struct ReloadedFile<T> {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    last: RwLock<Last<T>>,
}

struct Last<T> {
    /// The file when it could last be used; `None` if it never could.
    good: Option<Good<T>>,
    /// The file that [`ReloadedFile::last_good`] found since then and could not use.
    refused: Option<Found>,
}

/// A file that could be read and parsed.
struct Good<T> {
    found: Found,
    /// The SHA-256 hash of the bytes.
    digest: [u8; 32],
    content: Arc<T>,
}

/// What [`ReloadedFile::last_good`] found.
#[derive(Debug)]
pub enum Change<E> {
    /// Nothing has changed since the last call.
    None,
    /// The file has new content.
    Read,
    /// The file has changed and cannot be used. The next calls return [`Change::None`] until it changes again.
    Refused(E),
}

/// What is at the path now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    File(FileStamp),
    /// There is no file, or its metadata cannot be read.
    Nothing(io::ErrorKind),
}

/// What was at the path when the file was last read.
#[derive(Clone, Copy, Debug)]
struct Found {
    seen: Seen,
    /// When the file was first read with this stamp.
    since: UnixTime,
    /// Whether the file was read again after [`SETTLED_SECS`], so that it need not be read any more while it keeps this
    /// stamp.
    is_settled: bool,
}

impl Seen {
    fn at(path: &Path) -> Self {
        match std::fs::metadata(path) {
            Ok(metadata) => Self::File(FileStamp::of(&metadata)),
            Err(error) => Self::Nothing(error.kind()),
        }
    }
}

impl Found {
    /// Records that the file was read `now`. `before` is the record of the reading before this one.
    fn now(seen: Seen, before: Option<&Self>, now: UnixTime) -> Self {
        match before.filter(|before| before.seen == seen) {
            Some(before) => Self { is_settled: before.is_settled || before.is_due(now), ..*before },
            None => Self { seen, since: now, is_settled: matches!(seen, Seen::Nothing(_)) },
        }
    }

    /// Whether the stamp is at least [`SETTLED_SECS`] old. Also true if the clock was set back, because the age is
    /// unknown then.
    fn is_due(&self, now: UnixTime) -> bool {
        now.is_past(self.since, SETTLED_SECS)
    }

    /// Whether the file at the path, of which only `seen` is known, need not be read again.
    fn is_still(&self, seen: Seen, now: UnixTime) -> bool {
        self.seen == seen && (self.is_settled || !self.is_due(now))
    }
}

impl<T> std::fmt::Debug for ReloadedFile<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReloadedFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl<T: Content> ReloadedFile<T> {
    /// Reads the file.
    pub fn open(path: &Path, clock: &Arc<dyn Clock>) -> Result<Self, T::Error> {
        let file = Self::absent(path, clock);
        file.write().read_again(path, clock.now())?;
        Ok(file)
    }

    /// Does not read the file, which need not exist yet.
    pub fn absent(path: &Path, clock: &Arc<dyn Clock>) -> Self {
        let last = RwLock::new(Last { good: None, refused: None });
        Self { path: path.to_owned(), clock: Arc::clone(clock), last }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file has existed and been usable at some time.
    pub fn was_read(&self) -> bool {
        self.read().good.is_some()
    }

    /// Returns the content of the file as it is now. While the file cannot be used, each call fails; the last good
    /// content is not used.
    pub fn now(&self) -> Result<Arc<T>, T::Error> {
        let (seen, now) = (Seen::at(&self.path), self.clock.now());
        if let Some(content) = self.read().current(seen, now) {
            return Ok(content);
        }
        let mut last = self.write();
        // Another caller may have read the file meanwhile. Since the first look it may even have changed once more.
        match last.current(Seen::at(&self.path), now) {
            Some(content) => Ok(content),
            None => last.read_again(&self.path, now).map(|(content, _)| content),
        }
    }

    /// Returns the content of the file when it could last be used (`None` if it never could), and whether that has
    /// changed since the last call.
    pub fn last_good(&self) -> (Option<Arc<T>>, Change<T::Error>) {
        let (seen, now) = (Seen::at(&self.path), self.clock.now());
        let last = self.read();
        if last.is_still(seen, now) {
            return (last.content(), Change::None);
        }
        drop(last);
        let mut last = self.write();
        // The lock is held during this look, so only one caller at a time decides what has changed. Otherwise a caller
        // could take a former state of the file for a change.
        let change = last.look(&self.path, Seen::at(&self.path), now);
        (last.content(), change)
    }

    fn read(&self) -> RwLockReadGuard<'_, Last<T>> {
        self.last.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Last<T>> {
        self.last.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Content> Last<T> {
    fn content(&self) -> Option<Arc<T>> {
        self.good.as_ref().map(|good| Arc::clone(&good.content))
    }

    /// Returns the content if it is still that of the file, of which only `seen` is known.
    fn current(&self, seen: Seen, now: UnixTime) -> Option<Arc<T>> {
        self.good.as_ref().filter(|good| good.found.is_still(seen, now)).map(|good| Arc::clone(&good.content))
    }

    /// Whether nothing has changed since [`ReloadedFile::last_good`] looked last, as far as `seen` tells.
    fn is_still(&self, seen: Seen, now: UnixTime) -> bool {
        match &self.refused {
            Some(refused) => refused.is_still(seen, now),
            None => self.current(seen, now).is_some(),
        }
    }

    fn look(&mut self, path: &Path, seen: Seen, now: UnixTime) -> Change<T::Error> {
        if self.is_still(seen, now) {
            return Change::None;
        }
        let before = self.refused.take();
        if self.current(seen, now).is_some() {
            return Change::None;
        }
        match self.read_again(path, now) {
            Ok((_, true)) => Change::Read,
            Ok((_, false)) => Change::None,
            Err(error) => {
                self.refused = Some(Found::now(seen, before.as_ref(), now));
                let is_told = before.is_some_and(|before| before.seen == seen);
                if is_told { Change::None } else { Change::Refused(error) }
            }
        }
    }

    /// Reads the file. Returns its content, and whether that differs from the content that was read before.
    fn read_again(&mut self, path: &Path, now: UnixTime) -> Result<(Arc<T>, bool), T::Error> {
        let (stamp, text) = bytes(path, T::MOST).map_err(|error| T::unread(error, path))?;
        let (digest, before) = (sha256(&text), self.good.as_ref());
        let found = Found::now(Seen::File(stamp), before.map(|good| &good.found), now);
        let same = before.filter(|good| good.digest == digest).map(|good| Arc::clone(&good.content));
        let is_new = same.is_none();
        let content = match same {
            Some(content) => content,
            None => Arc::new(T::parse(&text, path)?),
        };
        *self = Self { good: Some(Good { found, digest, content: Arc::clone(&content) }), refused: None };
        Ok((content, is_new))
    }
}

fn bytes(path: &Path, most: u64) -> Result<(FileStamp, Vec<u8>), ReadError> {
    let file = File::open(path).map_err(ReadError::Io)?;
    // The stamp is taken before the content is read: if the file is written to meanwhile, the next call reads it again.
    let stamp = FileStamp::of(&file.metadata().map_err(ReadError::Io)?);
    let mut text = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut text).map_err(ReadError::Io)?;
    if text.len() as u64 > most { Err(ReadError::TooBig) } else { Ok((stamp, text)) }
}
