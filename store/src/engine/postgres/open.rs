//! Connects to the server and upgrades the tables to what this release expects.

use super::error::{OLDEST_SERVER, OpenError};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;
use tokio::time::timeout;

/// The maximum time for creating or upgrading the tables, including the wait for other replicas that do the same.
const MIGRATING: Duration = Duration::from_mins(2);

/// The migrations from an empty database to the current tables. A released migration is never changed.
const STEPS: [(i64, &str, &str); 7] = [
    (1, "tables", include_str!("tables.sql")),
    (2, "unapproved clients", include_str!("unapproved.sql")),
    (3, "no logins by browser", include_str!("no_logins_by_browser.sql")),
    (4, "audit", include_str!("audit.sql")),
    (5, "sessions", include_str!("sessions.sql")),
    (6, "second factors", include_str!("second_factors.sql")),
    (7, "passkeys", include_str!("passkeys.sql")),
];

/// Checks the server and upgrades its tables.
pub(super) async fn prepare(options: &PgConnectOptions, patience: Duration) -> Result<(), OpenError> {
    let place = format!("{}:{}", options.get_host(), options.get_port());
    let unreachable = |reason: String| OpenError::Unreachable { place: place.clone(), reason };
    let connected = timeout(patience, PgConnection::connect_with(options)).await;
    let mut connection = connected
        .map_err(|_| unreachable("it does not respond".to_owned()))?
        .map_err(|error| refusal(&place, &error))?;
    let version: (i32,) = sqlx::query_as("SELECT current_setting('server_version_num')::int")
        .fetch_one(&mut connection)
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    check_version(&place, version.0)?;
    let migrator = migrator();
    timeout(MIGRATING, migrator.run(&mut connection))
        .await
        .map_err(|_| OpenError::Migration("another process holds the migration lock".to_owned()))?
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

/// Converts the error of a failed connection. PostgreSQL, appendix A: class 28 (authorization), 3D000 (no such
/// database), 42501 (insufficient privilege).
fn refusal(place: &str, error: &sqlx::Error) -> OpenError {
    let (place, reason) = (place.to_owned(), plain(error));
    match code(error).as_deref() {
        Some(code) if code.starts_with("28") => OpenError::Refused { place, reason },
        Some("3D000") => OpenError::NoDatabase { place, reason },
        Some("42501") => OpenError::Rights(reason),
        _ => OpenError::Unreachable { place, reason },
    }
}

/// Converts the error of a failed migration. 42501: insufficient privilege; 3F000: no schema that the user can see.
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

/// The server's message, without the text that sqlx puts around it.
fn plain(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::keys::{GONE, TABLES};

    #[test]
    fn every_table_is_made() {
        let sql = STEPS.map(|(_, _, sql)| sql).concat();
        for table in TABLES {
            assert!(sql.contains(&format!("CREATE TABLE mcpbouncer_{table} (")), "{table}");
        }
        for table in GONE {
            assert!(sql.contains(&format!("DROP TABLE mcpbouncer_{table};")), "{table}");
        }
        assert_eq!(sql.matches("CREATE TABLE").count(), TABLES.len() + GONE.len());
    }

    #[test]
    fn old_servers_are_told_apart() {
        let error = check_version("db:5432", 120_022).unwrap_err().to_string();
        assert_eq!(error, "PostgreSQL at db:5432 is version 12, but version 13 or newer is required");
        check_version("db:5432", 130_000).unwrap();
        check_version("db:5432", 180_001).unwrap();
    }
}
