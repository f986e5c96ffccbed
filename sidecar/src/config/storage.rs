//! Settings for the store.

use std::path::PathBuf;

use protocol::secret::Secret;

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};

const DB_PATH: Variable = Variable {
    name: "BOUNCER_DB_PATH",
    default: Default::Value("/data/bouncer.db"),
    meaning: "database file (redb), for a single sidecar",
};
const DATABASE_URL: Variable = Variable {
    name: "BOUNCER_DATABASE_URL",
    default: Default::Absent("none"),
    meaning: "PostgreSQL database that replaces the file, for several sidecars: see [PostgreSQL](#postgresql)",
};
pub(super) const VARIABLES: &[Variable] = &[DB_PATH, DATABASE_URL];

/// The settings of this section.
#[derive(Debug, Clone)]
pub struct Storage {
    /// The database file.
    pub db_path: PathBuf,
    /// The maximum number of writes that share a transaction of the file; no variable sets it.
    pub db_batch: Option<usize>,
    /// The URL of a PostgreSQL database that replaces the file.
    pub database_url: Option<Secret<String>>,
}

impl Storage {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            db_path: source.or(&DB_PATH, parse::path),
            db_batch: None,
            database_url: source.optional(&DATABASE_URL, parse::secret_text),
        }
    }
}
