//! `mcpbouncer-import`: imports clients from the `SQLite` database of the earlier MCPBouncer.
//!
//! Nothing else in that database can be trusted. It contains signing and encryption keys in plain text, so anyone who
//! has seen it can forge tokens and decrypt secrets. Its refresh tokens were issued without consent, with scopes that
//! clients chose.
//!
//! The import is a separate program, so that the server contains no `SQLite`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use rusqlite::{Connection, OpenFlags};
use store::Store;
use store::entropy::SystemEntropy;
use store::intent::clients::RegisterClient;
use store::record::{ClientKind, ClientRecord, ClientSource, Hash};

use super::progress::{Progress, Unit};
use super::terminal::{CliError, environment, print, reported};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::serve;
use protocol::personal_token::CLIENT_ID as PERSONAL;
use protocol::server::redirect::RedirectRules;
use protocol::server::registration::ClientMetadata;
use protocol::tenant::{Tenant, TenantId};
use protocol::text::TextSet;
use protocol::time::UnixTime;
use protocol::uri::Base;
use serde_json::{Value, json};

/// Import one tenant's clients from the database of the earlier MCPBouncer.
#[derive(Debug, Parser)]
#[command(name = "mcpbouncer-import", version, about)]
struct Import {
    #[arg(help = "The SQLite database; it is not changed")]
    file: PathBuf,
    /// The tenant's `resource`, in the old and the new configuration
    #[arg(long)]
    resource: String,
    #[arg(long, help = "The tenant's public base URL, such as https://wiki.example.com")]
    base: String,
    /// The tenant's `providerIssuer`
    #[arg(long, default_value = "local")]
    provider_issuer: String,
    /// The tenant's `clientID` at that provider
    #[arg(long, default_value = "")]
    client_id: String,
}

/// A row of the old `clients` table.
struct Row {
    client_id: String,
    secret: String,
    redirect_uris: String,
    registration_token: String,
    scopes: String,
    created: i64,
    used: i64,
}

/// Parses the command line and imports. Reads the same settings as the server.
pub fn main() -> ExitCode {
    let wanted = match Import::try_parse() {
        Ok(wanted) => wanted,
        // clap prints `--help` and its own errors, and chooses the exit code.
        Err(error) => error.exit(),
    };
    let done = environment().and_then(|config| print(&import(&config, &wanted, SystemClock.now())?));
    reported(done, "mcpbouncer-import")
}

fn import(config: &Config, wanted: &Import, now: UnixTime) -> Result<String, CliError> {
    let base = Base::parse(&wanted.base).map_err(|error| CliError::new(format_args!("--base: {error}")))?;
    let id = TenantId::derive(&wanted.resource, &wanted.provider_issuer, &wanted.client_id, &[]);
    let tenant = Tenant { base, id };
    let rows = read(&wanted.file, &wanted.resource)
        .map_err(|error| CliError::new(format_args!("{}: {error}", wanted.file.display())))?;
    let rules = RedirectRules::new(&config.clients.redirect_schemes, &TextSet::default());
    let store = serve::open_store(config, Arc::new(SystemEntropy)).map_err(CliError::new)?;
    take(&store, &tenant, rows, &rules, now)
}

fn read(file: &Path, resource: &str) -> rusqlite::Result<Vec<Row>> {
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut query = database.prepare(
        "SELECT client_id, client_secret_hash, redirect_uris_json, registration_access_token_hash, scopes, \
         created_at, last_used_at FROM clients WHERE resource = ?1 ORDER BY client_id",
    )?;
    let rows = query.query_map([resource], |row| {
        Ok(Row {
            client_id: row.get(0)?,
            secret: row.get(1)?,
            redirect_uris: row.get(2)?,
            registration_token: row.get(3)?,
            scopes: row.get(4)?,
            created: row.get(5)?,
            used: row.get(6)?,
        })
    })?;
    rows.collect()
}

fn take(
    store: &Store,
    tenant: &Tenant,
    rows: Vec<Row>,
    rules: &RedirectRules,
    now: UnixTime,
) -> Result<String, CliError> {
    let (mut taken, mut there, mut report) = (0, 0, String::new());
    let progress = Progress::of("importing clients", Unit::Records, Some(rows.len() as u64));
    for row in rows {
        progress.add(1);
        let name = row.client_id.clone();
        match record(row, tenant, rules, now) {
            Ok(record) => {
                let answer = store.write(RegisterClient { record, now }).map_err(CliError::new)?;
                *(if answer.created { &mut taken } else { &mut there }) += 1;
            }
            Err(reason) => drop(writeln!(report, "not imported: client {name:?}: {reason}")),
        }
    }
    drop(progress);
    let _ = writeln!(report, "{taken} clients imported, {there} already existed");
    report += "signing and encryption keys are not imported: that file holds them in plain text\n";
    report += "refresh tokens are not imported: they were issued without consent, with scopes the clients chose; \
               users have to log in again\n";
    Ok(report)
}

/// Converts a row to the record of a registered client that is approved and was used now. Fails, with the reason, if
/// its id, secret or metadata are invalid. The tenant's `allowedRedirectHosts` are not checked here.
fn record(row: Row, tenant: &Tenant, rules: &RedirectRules, now: UnixTime) -> Result<ClientRecord, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    if row.client_id.is_empty() || row.client_id.len() > 256 || !row.client_id.bytes().all(plain) {
        return Err("its id is empty, too long or has invalid characters".to_owned());
    }
    if row.client_id == PERSONAL {
        return Err("its id is that of personal access tokens".to_owned());
    }
    let uris: Value = serde_json::from_str(&row.redirect_uris)
        .map_err(|_| "its redirect URIs are not valid JSON".to_owned())?;
    let method = if row.secret.is_empty() { "none" } else { "client_secret_post" };
    let mut metadata = json!({
        "redirect_uris": uris,
        "token_endpoint_auth_method": method,
        "grant_types": ["authorization_code", "refresh_token"],
    });
    if let Some(fields) = metadata.as_object_mut().filter(|_| !row.scopes.is_empty()) {
        fields.insert("scope".to_owned(), row.scopes.clone().into());
    }
    let metadata =
        ClientMetadata::parse(metadata.to_string().as_bytes(), rules).map_err(|error| error.to_string())?;
    let kind = match row.secret.as_str() {
        "" => ClientKind::Public,
        text => ClientKind::Confidential { secret: hash(text).ok_or("its secret is not a SHA-256 hash")? },
    };
    let time = |secs: i64| u64::try_from(secs).ok().filter(|secs| *secs > 0).map(UnixTime::new);
    let issued_at = time(row.created).unwrap_or(now);
    Ok(ClientRecord {
        tenant: tenant.clone(),
        client_id: row.client_id,
        metadata: metadata.to_json(),
        kind,
        source: ClientSource::Registered,
        registration_token: hash(&row.registration_token),
        issued_at,
        // The client counts as used now, so that it is not deleted before it can connect. The operator's import counts
        // as its approval.
        last_used: time(row.used).unwrap_or(issued_at).max(now),
        approved_at: Some(now),
    })
}

/// Parses a SHA-256 hash in hexadecimal, the form in which the earlier MCPBouncer stored secrets. This MCPBouncer
/// stores the same hash, so the secrets stay valid. `None` if the text is no such hash.
fn hash(text: &str) -> Option<Hash> {
    let mut out = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::crypto::secrets::hash_secret;
    use store::intent::clients::FindClient;

    const NOW: UnixTime = UnixTime::new(1_800_000_000);

    /// The table as the earlier MCPBouncer created it, with these rows.
    fn database(rows: &[(&str, &str, &str, &str)]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let database = Connection::open(file.path()).unwrap();
        database
            .execute_batch(
                "CREATE TABLE clients (client_id TEXT PRIMARY KEY, client_secret_hash TEXT NOT NULL, \
                 redirect_uris_json TEXT NOT NULL, registration_access_token_hash TEXT NOT NULL, \
                 resource TEXT NOT NULL, scopes TEXT NOT NULL, created_at INTEGER NOT NULL, \
                 last_used_at INTEGER NOT NULL DEFAULT 0); \
                 CREATE TABLE signing_keys (kid TEXT PRIMARY KEY, private_pem BLOB NOT NULL); \
                 INSERT INTO signing_keys VALUES ('k', 'canary');",
            )
            .unwrap();
        for (id, secret, uris, resource) in rows {
            let row = [id, secret, uris, "", resource, "openid read"];
            database
                .execute("INSERT INTO clients VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1700000000, 0)", row)
                .unwrap();
        }
        file
    }

    fn hex(hash: &Hash) -> String {
        hash.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    #[test]
    fn clients_of_the_tenant_come_along_and_nothing_else_does() {
        let secret = hash_secret("the secret that the client has");
        let file = database(&[
            ("0123abcd", &hex(&secret), r#"["https://claude.ai/api/mcp/auth_callback"]"#, "wiki"),
            ("bad", &hex(&secret), r#"["javascript:alert(1)"]"#, "wiki"),
            ("no-hash", "plain", r#"["https://client.example/cb"]"#, "wiki"),
            ("other", &hex(&secret), r#"["https://client.example/cb"]"#, "other"),
        ]);
        let store = Store::oracle();
        let id = TenantId::derive("wiki", "local", "", &[]);
        let tenant = Tenant { base: Base::parse("https://wiki.example").unwrap(), id };
        let rules = RedirectRules::new(&TextSet::default(), &TextSet::default());
        let run = || take(&store, &tenant, read(file.path(), "wiki").unwrap(), &rules, NOW).unwrap();
        let report = run();
        assert!(report.contains("1 clients imported, 0 already existed"), "{report}");
        assert!(
            report.contains("not imported: client \"bad\"")
                && report.contains("not imported: client \"no-hash\"")
        );
        assert!(report.contains("keys are not imported: that file holds them in plain text"), "{report}");
        assert!(report.contains("refresh tokens are not imported"), "{report}");
        assert!(!report.contains("canary") && !report.contains(&hex(&secret)));
        let client = store
            .read(FindClient { tenant: tenant.clone(), client_id: "0123abcd".to_owned() })
            .unwrap()
            .unwrap();
        assert_eq!(client.kind, ClientKind::Confidential { secret });
        assert_eq!((client.issued_at, client.last_used), (UnixTime::new(1_700_000_000), NOW));
        let metadata = ClientMetadata::from_stored(&client.metadata).unwrap();
        assert_eq!(metadata.redirect_uris()[0].as_str(), "https://claude.ai/api/mcp/auth_callback");
        for absent in ["bad", "no-hash", "other"] {
            assert!(
                store
                    .read(FindClient { tenant: tenant.clone(), client_id: absent.to_owned() })
                    .unwrap()
                    .is_none(),
                "{absent}"
            );
        }
        assert!(run().contains("0 clients imported, 1 already existed"), "a second import changes nothing");
    }

    #[test]
    fn what_is_no_such_database_is_said() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "notes").unwrap();
        assert!(read(file.path(), "wiki").is_err());
        assert!(read(Path::new("/nowhere/old.db"), "wiki").is_err());
    }
}
