//! Where things are remembered.

use std::path::PathBuf;

use protocol::secret::Secret;

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};

const DB_PATH: Variable = Variable {
    name: "BOUNCER_DB_PATH",
    default: Default::Value("/data/bouncer.db"),
    meaning: "the store, a redb file, for one sidecar",
};
const DATABASE_URL: Variable = Variable {
    name: "BOUNCER_DATABASE_URL",
    default: Default::Absent("none"),
    meaning: "a PostgreSQL database in the place of the file, for several sidecars: see [PostgreSQL](#postgresql)",
};
pub(super) const VARIABLES: &[Variable] = &[DB_PATH, DATABASE_URL];

/// The section.
#[derive(Debug, Clone)]
pub struct Storage {
    /// The store's file.
    pub db_path: PathBuf,
    /// Writes that share a transaction of the file, at most; no variable sets it.
    pub db_batch: Option<usize>,
    /// A PostgreSQL database for the store, in the place of the file.
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
