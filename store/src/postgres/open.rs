//! Connecting, and bringing the tables up to what this release expects.

use super::{CONNECTIONS, PATIENCE, PostgresStore};
use crate::StoreError;
use crate::ordered::{Engine as _, LAYOUT, LAYOUT_KEY, META, RESTORING_KEY, Read as _, Write as _};
use protocol::secret::Secret;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The oldest server that will do: 13, as `server_version_num` has it.
const OLDEST_SERVER: i32 = 130_000;
/// How long the tables may take to be made, behind other replicas that do the same.
const MIGRATING: Duration = Duration::from_mins(2);

/// Steps from nothing to the present tables; one is never changed once released.
const STEPS: [(i64, &str, &str); 2] =
    [(1, "tables", include_str!("tables.sql")), (2, "unapproved clients", include_str!("unapproved.sql"))];

/// Why the database cannot be used. The messages are for the operator and hold no password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not an address.
    #[error("BOUNCER_DATABASE_URL must be like postgres://user:password@host:5432/database")]
    Url,
    /// Nothing answers, or not as PostgreSQL does.
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
        "a backup was being restored into this database and that did not end: empty it and restore again"
    )]
    Unfinished,
    /// The tables are not as this release left them.
    #[error("the tables of the database cannot be brought up to date: {0}")]
    Migration(String),
    /// It opened, but its first use failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PostgresStore {
    /// Connects to the database at `url` and makes or upgrades its tables. Blocking.
    pub fn open(url: &Secret<String>) -> Result<Self, OpenError> {
        // The library takes any scheme.
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.expose().starts_with(scheme)) {
            return Err(OpenError::Url);
        }
        let options: PgConnectOptions = url.expose().parse().map_err(|_| OpenError::Url)?;
        let options = options.application_name("mcpbouncer");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("store-postgres")
            .enable_all()
            .build()
            .map_err(|error| StoreError::Backend(format!("no thread for connections: {error}")))?;
        runtime.block_on(prepare(&options))?;
        let pool = {
            let _context = runtime.enter();
            PgPoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(PATIENCE)
                // `begin` finds out by itself, without one more answer for each operation.
                .test_before_acquire(false)
                .connect_lazy_with(options)
        };
        let store = Self { pool, counts: Arc::default(), runtime: Some(runtime) };
        store.check_layout()?;
        Ok(store)
    }

    /// The layout of the records, beside that of the tables.
    fn check_layout(&self) -> Result<(), OpenError> {
        let (found, restoring) = self.read(|tx| Ok((tx.number(LAYOUT_KEY)?, tx.number(RESTORING_KEY)?)))?;
        if restoring != 0 {
            return Err(OpenError::Unfinished);
        }
        if found > LAYOUT {
            return Err(OpenError::Newer);
        }
        if found < LAYOUT {
            self.write(|tx| tx.put_bytes(META, LAYOUT_KEY, &LAYOUT.to_be_bytes()))?;
        }
        Ok(())
    }
}

async fn prepare(options: &PgConnectOptions) -> Result<(), OpenError> {
    let place = format!("{}:{}", options.get_host(), options.get_port());
    let unreachable = |reason: String| OpenError::Unreachable { place: place.clone(), reason };
    let connected = timeout(PATIENCE, PgConnection::connect_with(options)).await;
    let mut connection = connected
        .map_err(|_| unreachable("it does not answer".to_owned()))?
        .map_err(|error| refusal(&place, &error))?;
    let version: (i32,) = sqlx::query_as("SELECT current_setting('server_version_num')::int")
        .fetch_one(&mut connection)
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    check_version(&place, version.0)?;
    let migrator = migrator();
    timeout(MIGRATING, migrator.run(&mut connection))
        .await
        .map_err(|_| OpenError::Migration("another process holds the lock for it".to_owned()))?
        .map_err(migration)?;
    let _ = connection.close().await;
    Ok(())
}

fn migrator() -> Migrator {
    let step = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(STEPS.into_iter().map(step).collect());
    migrator.dangerous_set_table_name("mcpbouncer_migrations");
    migrator
}

fn check_version(place: &str, found: i32) -> Result<(), OpenError> {
    if found < OLDEST_SERVER {
        return Err(OpenError::TooOld { place: place.to_owned(), found: found / 10_000 });
    }
    Ok(())
}

/// Why there is no connection. PostgreSQL, appendix A: class 28, 3D000, 42501.
fn refusal(place: &str, error: &sqlx::Error) -> OpenError {
    let (place, reason) = (place.to_owned(), plain(error));
    match code(error).as_deref() {
        Some(code) if code.starts_with("28") => OpenError::Refused { place, reason },
        Some("3D000") => OpenError::NoDatabase { place, reason },
        Some("42501") => OpenError::Rights(reason),
        _ => OpenError::Unreachable { place, reason },
    }
}

/// Why the tables are not there. 42501: no right to; 3F000: no schema that the user may see.
fn migration(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => OpenError::Newer,
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)
            if matches!(code(&cause).as_deref(), Some("42501" | "3F000")) =>
        {
            OpenError::Rights(plain(&cause))
        }
        other => OpenError::Migration(other.to_string()),
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}

/// What the server said, without the words around it.
fn plain(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ordered::TABLES;

    #[test]
    fn every_table_is_made() {
        let sql = STEPS.map(|(_, _, sql)| sql).concat();
        for table in TABLES {
            assert!(sql.contains(&format!("CREATE TABLE mcpbouncer_{table} (")), "{table}");
        }
        assert_eq!(sql.matches("CREATE TABLE").count(), TABLES.len());
    }

    #[test]
    fn old_servers_are_told_apart() {
        let error = check_version("db:5432", 120_022).unwrap_err().to_string();
        assert_eq!(error, "PostgreSQL at db:5432 is version 12: version 13 or newer is needed");
        check_version("db:5432", 130_000).unwrap();
        check_version("db:5432", 180_001).unwrap();
    }

    #[test]
    fn an_address_that_is_none_is_not_repeated() {
        let error = PostgresStore::open(&Secret::new("mysql://u:canary@h/d".to_owned())).unwrap_err();
        assert!(matches!(error, OpenError::Url) && !error.to_string().contains("canary"));
    }
}
