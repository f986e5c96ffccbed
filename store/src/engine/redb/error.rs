//! Why a database file cannot be opened.

use crate::error::StoreError;
use crate::tables::keys::LAYOUT;
use std::path::PathBuf;

/// Why the database file cannot be used. The messages are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A database of the earlier, Go-based MCPBouncer.
    #[error(
        "{0} is a SQLite database of the earlier MCPBouncer: choose another BOUNCER_DB_PATH; \
         `mcpbouncer import` takes its clients over"
    )]
    Sqlite(PathBuf),
    /// Some other file.
    #[error("{0} is not a database of MCPBouncer: choose another BOUNCER_DB_PATH")]
    Foreign(PathBuf),
    /// The file system refused.
    #[error("cannot open the database {path} (BOUNCER_DB_PATH): {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process has it.
    #[error(
        "the database {0} is in use by another process; several sidecars share a PostgreSQL database \
         (BOUNCER_DATABASE_URL), never a file"
    )]
    InUse(PathBuf),
    /// Its contents are inconsistent.
    #[error(
        "the database {path} is damaged ({reason}) and was left as it is: restore a backup (`mcpbouncer restore`), \
         or move it away to start with an empty database, and all clients register and log in again"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What redb says.
        reason: String,
    },
    /// redb does not accept it.
    #[error("cannot open the database {path}: {reason}")]
    Database {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A restore was broken off.
    #[error("the restore of a backup into this database did not finish: remove the file and restore again")]
    Unfinished,
    /// A newer release laid it out.
    #[error("the database has layout {found}, this release knows up to {LAYOUT}: use the newer release")]
    Newer {
        /// Its layout.
        found: u64,
    },
    /// It opened, but its first use failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
