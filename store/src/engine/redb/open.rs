//! Opens the file; checks the file type before redb opens it.

use super::error::OpenError;
use super::slot::Database;
use super::tx::{WriteTx, backend};
use crate::tables::keys::{GONE, LAYOUT, LAYOUT_KEY, META, RESTORING_KEY, TABLES};
use crate::tables::{Read as _, Write as _};
use redb::{Builder, DatabaseError, StorageBackend, StorageError};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// The size of the page cache in bytes. Few pages are used often, and the operating system caches the file anyway.
const CACHE_BYTES: usize = 16 * 1024 * 1024;

const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";
const REDB_MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";

/// Opens the database at `path`; creates it if there is no file.
pub(super) fn open_path(path: &Path) -> Result<Database, OpenError> {
    if !path.try_exists().map_err(|source| OpenError::Io { path: path.to_owned(), source })? {
        make(path)?;
    }
    open_existing(path)
}

/// Opens a database on any storage.
pub(super) fn open_storage(storage: impl StorageBackend) -> Result<Database, OpenError> {
    let database = builder().create_with_backend(storage).map_err(backend)?;
    prepare(&database)?;
    Ok(database)
}

/// Gives the unused space in the file at `path` back to the file system. The result is the file's length before and
/// after, in bytes.
pub(crate) fn compact(path: &Path) -> Result<(u64, u64), OpenError> {
    let length = || std::fs::metadata(path).map(|file| file.len());
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    let before = length().map_err(io)?;
    let mut database = open_existing(path)?;
    // Each pass moves some of the pages; a pass that finds nothing to move is the last one.
    while database.compact().map_err(backend)? {}
    drop(database);
    Ok((before, length().map_err(io)?))
}

fn open_existing(path: &Path) -> Result<Database, OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    look_at(&mut open_file(path).map_err(io)?, path)?;
    let damaged = |reason| OpenError::Damaged { path: path.to_owned(), reason };
    // redb panics on some kinds of damage.
    let opened =
        catch_unwind(|| builder().create(path)).map_err(|_| damaged("it cannot be read".to_owned()))?;
    let database = opened.map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse(path.to_owned()),
        DatabaseError::Storage(StorageError::Corrupted(reason)) => damaged(reason),
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() == ErrorKind::UnexpectedEof => {
            damaged("it is too short".to_owned())
        }
        other => OpenError::Database { path: path.to_owned(), reason: other.to_string() },
    })?;
    prepare(&database)?;
    Ok(database)
}

/// Creates a new database under another name and then links it to `path`, so that a process killed meanwhile leaves no
/// incomplete file at `path`. If two processes do this, the first one to link its file wins.
fn make(path: &Path) -> Result<(), OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    let mut new = path.as_os_str().to_owned();
    new.push(format!(".new-{}", std::process::id()));
    let new = PathBuf::from(new);
    remove(&new).map_err(io)?;
    drop(open_existing(&new)?);
    let named = match std::fs::hard_link(&new, path) {
        // On a file system without links, the last process wins.
        Err(error) if error.kind() != ErrorKind::AlreadyExists => std::fs::rename(&new, path).map_err(io),
        Ok(()) | Err(_) => Ok(()),
    };
    remove(&new).map_err(io)?;
    named?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new("."))).and_then(|folder| folder.sync_all()).map_err(io)
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Creates missing tables and deletes those that are no longer used, in one transaction. Refuses a store with a newer
/// layout version, and one into which a backup was not restored completely.
fn prepare(database: &Database) -> Result<(), OpenError> {
    let tx = WriteTx::new(database.begin_write().map_err(backend)?);
    let found = if tx.has_table(META)? { tx.number(LAYOUT_KEY)? } else { 0 };
    if found != 0 && tx.number(RESTORING_KEY)? != 0 {
        return Err(OpenError::Unfinished);
    }
    if found > LAYOUT {
        return Err(OpenError::Newer { found });
    }
    let mut missing = Vec::new();
    for table in TABLES {
        if !tx.has_table(table)? {
            missing.push(table);
        }
    }
    let mut gone = Vec::new();
    for table in GONE {
        if tx.has_table(table)? {
            gone.push(table);
        }
    }
    if found == LAYOUT && missing.is_empty() && gone.is_empty() {
        return Ok(tx.abort()?);
    }
    for table in gone {
        tx.delete(table)?;
    }
    for table in missing {
        tx.create(table)?;
    }
    tx.put_bytes(META, LAYOUT_KEY, &LAYOUT.to_be_bytes())?;
    Ok(tx.commit()?)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

fn open_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Checks the file type: only a redb file, or an empty file, which redb then makes a database, is accepted.
fn look_at(file: &mut File, path: &Path) -> Result<(), OpenError> {
    let mut head = Vec::new();
    file.by_ref()
        .take(SQLITE_MAGIC.len() as u64)
        .read_to_end(&mut head)
        .map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
    if head == SQLITE_MAGIC {
        return Err(OpenError::Sqlite(path.to_owned()));
    }
    if head.is_empty() || head.starts_with(REDB_MAGIC) {
        Ok(())
    } else {
        Err(OpenError::Foreign(path.to_owned()))
    }
}
