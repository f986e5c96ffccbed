//! Why a database file cannot be opened.

use crate::error::StoreError;
use crate::tables::keys::LAYOUT;
use std::path::PathBuf;

/// Why the database file cannot be used. The messages are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is an `SQLite` database, of the earlier, Go-based MCPBouncer.
    #[error(
        "{0} is a SQLite database of the earlier MCPBouncer: choose another BOUNCER_DB_PATH; \
         `mcpbouncer import` imports its clients"
    )]
    Sqlite(PathBuf),
    /// The file is neither a redb file nor an `SQLite` file.
    #[error("{0} is not a database of MCPBouncer: choose another BOUNCER_DB_PATH")]
    Foreign(PathBuf),
    /// The file cannot be read or written.
    #[error("cannot open the database {path} (BOUNCER_DB_PATH): {source}")]
    Io {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Another process has the file open.
    #[error(
        "the database {0} is in use by another process; several sidecars share a PostgreSQL database \
         (BOUNCER_DATABASE_URL), never a file"
    )]
    InUse(PathBuf),
    /// The content of the file is inconsistent.
    #[error(
        "the database {path} is damaged ({reason}) and was left as it is: restore a backup (`mcpbouncer restore`), \
         or move the file away to start with an empty database; then all clients have to register and log in again"
    )]
    Damaged {
        /// The path.
        path: PathBuf,
        /// The error of redb.
        reason: String,
    },
    /// redb cannot open the file, for another reason.
    #[error("cannot open the database {path}: {reason}")]
    Database {
        /// The path.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// A restore did not finish.
    #[error("the restore of a backup into this database did not finish: remove the file and restore again")]
    Unfinished,
    /// A newer release wrote the database.
    #[error(
        "the database has layout version {found}, but this release knows only up to {LAYOUT}: use the newer release"
    )]
    Newer {
        /// The layout version of the database.
        found: u64,
    },
    /// The database was opened, but the first operation failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
