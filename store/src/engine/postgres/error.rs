//! Why a PostgreSQL database cannot be used.

use crate::error::StoreError;

/// The oldest supported server version, 13, in the form of `server_version_num`.
pub(super) const OLDEST_SERVER: i32 = 130_000;

/// Why the database cannot be used. The messages are for the operator and contain no password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// `BOUNCER_DATABASE_URL` is not a PostgreSQL URL.
    #[error("BOUNCER_DATABASE_URL must have the form postgres://user:password@host:5432/database")]
    Url,
    /// No server responds, or it is not a PostgreSQL server.
    #[error("PostgreSQL at {place} cannot be reached: {reason}")]
    Unreachable {
        /// Host and port.
        place: String,
        /// The cause.
        reason: String,
    },
    /// The server refuses the user or the password.
    #[error("PostgreSQL at {place} refuses the user or the password of BOUNCER_DATABASE_URL: {reason}")]
    Refused {
        /// Host and port.
        place: String,
        /// The server's message.
        reason: String,
    },
    /// The database does not exist.
    #[error("PostgreSQL at {place}: {reason}; create it, or name another one in BOUNCER_DATABASE_URL")]
    NoDatabase {
        /// Host and port.
        place: String,
        /// The server's message.
        reason: String,
    },
    /// The server is too old.
    #[error("PostgreSQL at {place} is version {found}, but version {} or newer is required", OLDEST_SERVER / 10_000)]
    TooOld {
        /// Host and port.
        place: String,
        /// The server's major version.
        found: i32,
    },
    /// The user lacks the necessary privileges.
    #[error(
        "the user of BOUNCER_DATABASE_URL lacks privileges in this database ({0}): allow it to create tables there, or make it \
         the owner of those that exist"
    )]
    Rights(String),
    /// A newer release has changed the tables.
    #[error("the database was upgraded by a newer release: use that release")]
    Newer,
    /// A restore did not finish.
    #[error(
        "the restore of a backup into this database did not finish: empty the database and restore again"
    )]
    Unfinished,
    /// The tables cannot be upgraded: a migration failed or took too long, or the tables are not as a release left
    /// them.
    #[error("the tables of the database cannot be upgraded: {0}")]
    Migration(String),
    /// The database was opened, but the first operation failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
