//! Why a PostgreSQL database cannot be used.

use crate::error::StoreError;

/// The oldest server that works: 13, as `server_version_num` gives it.
pub(super) const OLDEST_SERVER: i32 = 130_000;

/// Why the database cannot be used. The messages are for the operator and hold no password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not an address.
    #[error("BOUNCER_DATABASE_URL must be like postgres://user:password@host:5432/database")]
    Url,
    /// No server responds, or it is not PostgreSQL.
    #[error("PostgreSQL at {place} cannot be reached: {reason}")]
    Unreachable {
        /// Host and port.
        place: String,
        /// Why.
        reason: String,
    },
    /// User or password are refused.
    #[error("PostgreSQL at {place} refuses the user or the password of BOUNCER_DATABASE_URL: {reason}")]
    Refused {
        /// Host and port.
        place: String,
        /// What the server says.
        reason: String,
    },
    /// No such database.
    #[error("PostgreSQL at {place}: {reason}; create it, or name another one in BOUNCER_DATABASE_URL")]
    NoDatabase {
        /// Host and port.
        place: String,
        /// What the server says.
        reason: String,
    },
    /// The server is too old.
    #[error("PostgreSQL at {place} is version {found}: version {} or newer is needed", OLDEST_SERVER / 10_000)]
    TooOld {
        /// Host and port.
        place: String,
        /// Its version.
        found: i32,
    },
    /// The user may not do what is needed.
    #[error(
        "the user of BOUNCER_DATABASE_URL may not use this database ({0}): let it create tables there, or make it \
         the owner of those that exist"
    )]
    Rights(String),
    /// A newer release laid it out.
    #[error("the database was laid out by a newer release: use that one")]
    Newer,
    /// A restore was broken off.
    #[error(
        "the restore of a backup into this database did not finish: empty the database and restore again"
    )]
    Unfinished,
    /// The tables are not as this release left them.
    #[error("the tables of the database cannot be brought up to date: {0}")]
    Migration(String),
    /// It opened, but its first use failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
