//! A file that is read again when it changes. To look at it costs one `stat`, and no caller waits for another one, if nothing
//! changed.

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

/// A file that was read is read once more when its stamp is this old, in whole seconds of our clock, and the same. Only a file
/// that changes twice within one tick of its file system's clock can have another content under the same stamp; a tick of the
/// coarsest in use, FAT, takes two seconds.
const SETTLED_SECS: u64 = 3;

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
pub struct ReloadedFile<T> {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    last: RwLock<Last<T>>,
}

struct Last<T> {
    /// `None` until there is one.
    good: Option<Good<T>>,
    /// What [`ReloadedFile::last_good`] could not use since.
    refused: Option<Found>,
}

/// A file that could be used.
struct Good<T> {
    found: Found,
    /// SHA-256 of what was read.
    digest: [u8; 32],
    content: Arc<T>,
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

/// What is at the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    File(FileStamp),
    /// No file that can be looked at.
    Nothing(io::ErrorKind),
}

/// What was at the path when it was last read.
#[derive(Clone, Copy, Debug)]
struct Found {
    seen: Seen,
    /// When it was first read.
    since: UnixTime,
    /// Whether it was read again after [`SETTLED_SECS`].
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
    /// What was read `now`, after `before` was.
    fn now(seen: Seen, before: Option<&Self>, now: UnixTime) -> Self {
        match before.filter(|before| before.seen == seen) {
            Some(before) => Self { is_settled: before.is_settled || before.is_due(now), ..*before },
            None => Self { seen, since: now, is_settled: matches!(seen, Seen::Nothing(_)) },
        }
    }

    /// Whether it is old enough to be settled.
    fn is_due(&self, now: UnixTime) -> bool {
        now.is_past(self.since, SETTLED_SECS)
    }

    /// Whether what is `seen` at the path need not be read.
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

    /// A file that need not be there yet.
    pub fn absent(path: &Path, clock: &Arc<dyn Clock>) -> Self {
        let last = RwLock::new(Last { good: None, refused: None });
        Self { path: path.to_owned(), clock: Arc::clone(clock), last }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it was there and could be used at some time.
    pub fn was_read(&self) -> bool {
        self.read().good.is_some()
    }

    /// The content as the file is now. A file that cannot be used is an error each time; its last content is not used.
    pub fn now(&self) -> Result<Arc<T>, T::Error> {
        let (seen, now) = (Seen::at(&self.path), self.clock.now());
        if let Some(content) = self.read().current(seen, now) {
            return Ok(content);
        }
        let mut last = self.write();
        // Another caller may have read it meanwhile, even after another change.
        match last.current(Seen::at(&self.path), now) {
            Some(content) => Ok(content),
            None => last.read_again(&self.path, now).map(|(content, _)| content),
        }
    }

    /// The content when the file could last be used, and what this look at the file brought.
    pub fn last_good(&self) -> (Option<Arc<T>>, Change<T::Error>) {
        let (seen, now) = (Seen::at(&self.path), self.clock.now());
        let last = self.read();
        if last.is_still(seen, now) {
            return (last.content(), Change::None);
        }
        drop(last);
        let mut last = self.write();
        // Looked at again by one caller at a time, so that none takes a former state for a change.
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

    /// The content, if it is that of the file that is `seen`.
    fn current(&self, seen: Seen, now: UnixTime) -> Option<Arc<T>> {
        self.good.as_ref().filter(|good| good.found.is_still(seen, now)).map(|good| Arc::clone(&good.content))
    }

    /// Whether nothing has changed since the last look.
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
            Ok((_, is_new)) => if is_new { Change::Read } else { Change::None },
            Err(error) => {
                self.refused = Some(Found::now(seen, before.as_ref(), now));
                let is_told = before.is_some_and(|before| before.seen == seen);
                if is_told { Change::None } else { Change::Refused(error) }
            }
        }
    }

    /// Reads the file; also returns whether its content is new.
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
    // Before the content: if the file is written to meanwhile, the next look reads it again.
    let stamp = FileStamp::of(&file.metadata().map_err(ReadError::Io)?);
    let mut text = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut text).map_err(ReadError::Io)?;
    if text.len() as u64 > most { Err(ReadError::TooBig) } else { Ok((stamp, text)) }
}
