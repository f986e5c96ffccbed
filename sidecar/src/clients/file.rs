//! Reads `BOUNCER_CLIENTS_FILE`: the clients that the operator lists. Among them are clients that use the client
//! credentials grant, and resource servers that may introspect tokens. The file is read again when it changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use events::{Event, Kind, Reason};
use protocol::encoding::b64url_decode;
use protocol::personal_token::CLIENT_ID as PERSONAL;
use protocol::secret::Secret;
use protocol::server::grant_type::GrantType;
use protocol::server::registration::{AuthMethod, ClientMetadata, RegistrationError};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use protocol::uri::Base;
use serde::Deserialize;
use serde_json::{Map, Value};
use store::crypto::secrets::hash_secret;
use store::record::{ClientKind, ClientRecord, ClientSource, Hash};

use super::allowance::Allowance;
use super::client::kind_without_secret;
use crate::clock::Clock;
use crate::journal::Journal;
use crate::reloaded_file::{Change, Content, ReadError, ReloadedFile};

/// The minimum length of a secret, in bytes. A shorter secret could be guessed.
const SHORTEST_SECRET: usize = 24;
/// The maximum length of a client id, in bytes.
const LONGEST_ID: usize = 256;
/// The maximum size of the file in bytes, which has room for some ten thousand clients.
const MAX_FILE: u64 = 8 * 1024 * 1024;

/// Why the file cannot be used. The message quotes client ids from the file, but no other values.
#[derive(Debug, thiserror::Error)]
pub enum ClientsFileError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is too large.
    #[error("{0} is larger than {MAX_FILE} bytes")]
    TooBig(PathBuf),
    /// The file is not valid JSON of the expected shape.
    #[error("{path} is not a JSON object with a list of clients: error at line {line}, column {column}")]
    Json {
        /// The path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1; 0 if the error is before the first character of the line.
        column: usize,
    },
    /// An entry is invalid.
    #[error("client {client_id:?}: {reason}")]
    Entry {
        /// The client's id.
        client_id: String,
        /// What is wrong with the entry.
        reason: String,
    },
}

impl ClientsFileError {
    pub(super) fn json(path: &Path, error: &serde_json::Error) -> Self {
        Self::Json { path: path.to_owned(), line: error.line(), column: error.column() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    clients: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    client_id: String,
    client_secret: Option<Secret<String>>,
    client_secret_sha256: Option<String>,
    bases: BTreeSet<Base>,
    #[serde(default)]
    introspect: bool,
    access_token_ttl_secs: Option<u64>,
    #[serde(flatten)]
    metadata: Map<String, Value>,
}

/// A client in the file.
#[derive(Debug)]
pub(super) struct FileClient {
    client_id: String,
    bases: BTreeSet<Base>,
    introspect: bool,
    secret: Option<Hash>,
    metadata: ClientMetadata,
    /// What the client may get with the client credentials grant; present if its `grant_types` contain
    /// `client_credentials`.
    allowance: Option<Allowance>,
}

/// The clients in the file.
#[derive(Debug)]
pub(super) struct FileClients(Vec<Arc<FileClient>>);

impl Content for FileClients {
    type Error = ClientsFileError;
    const MOST: u64 = MAX_FILE;

    fn parse(text: &[u8], path: &Path) -> Result<Self, ClientsFileError> {
        let contents: Contents =
            serde_json::from_slice(text).map_err(|error| ClientsFileError::json(path, &error))?;
        let mut clients: Vec<Arc<FileClient>> = Vec::new();
        for entry in contents.clients {
            let client_id = entry.client_id.clone();
            let client = FileClient::read(entry).and_then(|client| {
                let twice = clients.iter().any(|other| other.client_id == client_id);
                if twice { Err("is listed twice".to_owned()) } else { Ok(client) }
            });
            let client = client.map_err(|reason| ClientsFileError::Entry { client_id, reason })?;
            clients.push(Arc::new(client));
        }
        Ok(Self(clients))
    }

    fn unread(error: ReadError, path: &Path) -> ClientsFileError {
        match error {
            ReadError::TooBig => ClientsFileError::TooBig(path.to_owned()),
            ReadError::Io(source) => ClientsFileError::Io { path: path.to_owned(), source },
        }
    }
}

impl FileClients {
    /// Finds the client with this id, if its entry lists this base URL.
    pub(super) fn find(&self, client_id: &str, base: &Base) -> Option<&Arc<FileClient>> {
        self.0.iter().find(|client| client.client_id == client_id && client.bases.contains(base))
    }
}

/// The clients file; `None` if none is configured.
#[derive(Debug)]
pub struct ClientsFile(Option<ReloadedFile<FileClients>>);

impl ClientsFile {
    /// Reads the file. If `path` is `None`, there are no clients.
    pub fn open(path: Option<&Path>, clock: &Arc<dyn Clock>) -> Result<Self, ClientsFileError> {
        path.map(|path| ReloadedFile::open(path, clock)).transpose().map(Self)
    }

    /// Returns the clients in the file as it is now; `None` if no file is configured. If a changed file cannot be used,
    /// records that once and returns the clients that were listed before: otherwise one mistake would keep out every
    /// listed client.
    pub(super) fn now(&self, journal: &Journal) -> Option<Arc<FileClients>> {
        let (clients, change) = self.0.as_ref()?.last_good();
        match change {
            Change::None => {}
            Change::Read => {
                let count = clients.as_ref().map_or(0, |clients| clients.0.len());
                tracing::info!(clients = count, "the clients file has changed and was read again");
            }
            Change::Refused(error) => {
                let event = Event::because(Kind::Operation, Reason::ClientsFile);
                journal.record(event.detail(format_args!("BOUNCER_CLIENTS_FILE: {error}")).saying(
                    "the clients file has changed and cannot be used; until it is mended, the clients that it listed before \
                     stay in force, even if they were removed from it",
                ));
            }
        }
        clients
    }
}

impl FileClient {
    fn read(entry: Entry) -> Result<Self, String> {
        let Entry { client_id, bases, introspect, mut metadata, .. } = entry;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
        if client_id.is_empty() || client_id.len() > LONGEST_ID || !client_id.bytes().all(plain) {
            return Err(format!("the id has 1 to {LONGEST_ID} letters, digits and - _ . ~"));
        }
        if client_id == PERSONAL {
            return Err("the id is that of personal access tokens".to_owned());
        }
        if bases.is_empty() {
            return Err("bases is empty: list the base URLs at which it may be used".to_owned());
        }
        let secret = secret(entry.client_secret.as_ref(), entry.client_secret_sha256.as_deref())?;
        if secret.is_some() && !metadata.contains_key("token_endpoint_auth_method") {
            metadata.insert("token_endpoint_auth_method".to_owned(), "client_secret_basic".into());
        }
        require_credentials(&metadata)?;
        let logs_in = names_grant(&metadata, GrantType::AuthorizationCode);
        if introspect && logs_in && !metadata.contains_key("redirect_uris") {
            // A resource server that only introspects tokens needs no redirect URI, but the metadata must have one.
            // Names below `.invalid` never resolve (RFC 6761 §6.4), so nothing can be sent to this redirect URI.
            metadata.insert("redirect_uris".to_owned(), serde_json::json!(["https://invalid.invalid/"]));
        }
        let metadata = ClientMetadata::from_stored(&Value::Object(metadata))
            .map_err(|error: RegistrationError| error.to_string())?;
        let wants_secret = matches!(metadata.auth_method(), AuthMethod::Basic | AuthMethod::Post);
        if wants_secret != secret.is_some() {
            return Err("client_secret and token_endpoint_auth_method do not fit together".to_owned());
        }
        let allowance = Allowance::read(&client_id, &metadata, entry.access_token_ttl_secs)?;
        Ok(Self { client_id, bases, introspect, secret, metadata, allowance })
    }

    /// What the client may get with the client credentials grant; `None` if it may not use that grant.
    pub(super) const fn allowance(&self) -> Option<&Allowance> {
        self.allowance.as_ref()
    }

    pub(super) const fn may_introspect(&self) -> bool {
        self.introspect
    }

    /// Makes the record of the client for the store.
    pub(super) fn record(&self, tenant: Tenant, now: UnixTime) -> ClientRecord {
        let without = kind_without_secret(self.metadata.auth_method());
        ClientRecord {
            tenant,
            client_id: self.client_id.clone(),
            metadata: self.metadata.to_json(),
            kind: self.secret.map_or(without, |secret| ClientKind::Confidential { secret }),
            source: ClientSource::File,
            registration_token: None,
            issued_at: now,
            last_used: now,
            approved_at: None,
        }
    }
}

/// Returns the hash of the entry's secret. The entry has the secret itself, or the hash that `mcpbouncer clients add`
/// writes.
fn secret(plain: Option<&Secret<String>>, hash: Option<&str>) -> Result<Option<Hash>, String> {
    match (plain, hash) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err("client_secret and client_secret_sha256 are both given".to_owned()),
        (Some(secret), None) if secret.expose().len() < SHORTEST_SECRET => {
            Err(format!("client_secret is shorter than {SHORTEST_SECRET} characters"))
        }
        (Some(secret), None) => Ok(Some(hash_secret(secret.expose()))),
        (None, Some(hash)) => {
            let bytes = b64url_decode(hash).ok().and_then(|bytes| Hash::try_from(bytes).ok());
            bytes.map(Some).ok_or_else(|| "client_secret_sha256 is not a SHA-256 in base64url".to_owned())
        }
    }
}

/// Whether the entry's `grant_types` contain this grant type. An entry without `grant_types` has `authorization_code`
/// and `refresh_token`.
fn names_grant(metadata: &Map<String, Value>, grant: GrantType) -> bool {
    let named = metadata.get("grant_types").and_then(Value::as_array).filter(|named| !named.is_empty());
    match named {
        None => matches!(grant, GrantType::AuthorizationCode | GrantType::RefreshToken),
        Some(named) => named.iter().any(|name| name == grant.name()),
    }
}

/// Refuses a client without credentials that may use the client credentials or the JWT bearer grant: everybody who
/// knows its id could use it.
fn require_credentials(metadata: &Map<String, Value>) -> Result<(), String> {
    let method = metadata.get("token_endpoint_auth_method").and_then(Value::as_str);
    let grants = [GrantType::ClientCredentials, GrantType::JwtBearer];
    match grants.into_iter().find(|grant| names_grant(metadata, *grant)) {
        Some(grant) if matches!(method, None | Some("none")) => Err(format!(
            "the grant {} needs credentials: give it client_secret, or token_endpoint_auth_method \
             private_key_jwt with jwks or jwks_uri",
            grant.name()
        )),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    fn open(text: &str) -> Result<FileClients, String> {
        FileClients::parse(text.as_bytes(), Path::new("clients.json")).map_err(|error| error.to_string())
    }

    fn one(entry: &str) -> Result<FileClients, String> {
        open(&format!(r#"{{"clients":[{{"client_id":"ci","bases":["https://h"],{entry}}}]}}"#))
    }

    #[test]
    fn clients_are_found_at_their_bases_only() {
        let file = one(r#""redirect_uris":["https://c/cb"]"#).unwrap();
        let base = |text: &str| Base::parse(text).unwrap();
        assert!(file.find("ci", &base("https://h")).is_some());
        assert!(file.find("ci", &base("https://h/other")).is_none());
        assert!(file.find("cj", &base("https://h")).is_none());
        let journal = Journal::on(Arc::new(store::Store::oracle()));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        assert!(ClientsFile::open(None, &clock).unwrap().now(&journal).is_none());
        assert!(ClientsFile::open(Some(Path::new("/no/such")), &clock).is_err());
    }

    #[test]
    fn what_cannot_be_used_is_said_without_quoting_secrets() {
        let long = "s".repeat(24);
        assert!(one(&format!(r#""redirect_uris":["https://c/cb"],"client_secret":"{long}""#)).is_ok());
        assert!(one(&format!(r#""introspect":true,"client_secret":"{long}""#)).is_ok());
        for (entry, reason) in [
            (r#""redirect_uris":["https://c/cb"],"client_secret":"short-canary""#, "shorter"),
            (r#""redirect_uris":[]"#, "redirect_uris"),
            (r#""redirect_uris":["javascript:x"]"#, "never accepted"),
            (
                r#""redirect_uris":["https://c/cb"],"token_endpoint_auth_method":"client_secret_post""#,
                "do not fit together",
            ),
        ] {
            let error = one(entry).unwrap_err();
            assert!(error.contains(reason) && !error.contains("canary"), "{error}");
        }
        for text in ["", "[]", r#"{"clients":1}"#, r#"{"clients":[],"more":1}"#] {
            assert!(
                open(text).unwrap_err().contains("is not a JSON object with a list of clients"),
                "{text}"
            );
        }
        let machine = |more: &str| {
            one(&format!(r#""grant_types":["client_credentials"],"client_secret":"{long}"{more}"#))
        };
        assert!(machine("").is_ok());
        assert!(machine(r#","scope":"wiki:read","access_token_ttl_secs":600"#).is_ok());
        let hash = protocol::encoding::b64url_encode(&hash_secret(&long));
        let hashed = format!(r#""grant_types":["client_credentials"],"client_secret_sha256":"{hash}""#);
        assert!(one(&hashed).is_ok());
        let sign = r#""token_endpoint_auth_method":"private_key_jwt""#;
        for (entry, reason) in [
            (r#","scope":"a\"b""#.to_owned(), "scope is not a list"),
            (r#","access_token_ttl_secs":59"#.to_owned(), "less than 60"),
            (format!(r#","client_secret_sha256":"{hash}""#), "both given"),
            (r#","token_endpoint_auth_method":"none""#.to_owned(), "needs credentials"),
            (format!(",{sign}"), "needs either jwks"),
        ] {
            let error = machine(&entry).unwrap_err();
            assert!(error.contains(reason), "{entry}: {error}");
        }
        for (entry, reason) in [
            (r#""grant_types":["client_credentials"]"#.to_owned(), "needs credentials"),
            (
                r#""redirect_uris":["https://c/cb"],"grant_types":["authorization_code","client_credentials"]"#
                    .to_owned(),
                "needs credentials",
            ),
            (r#""grant_types":["urn:ietf:params:oauth:grant-type:jwt-bearer"]"#.to_owned(), "needs credentials"),
            (format!(r#""grant_types":["client_credentials"],{sign}"#), "needs either jwks"),
            (r#""grant_types":["client_credentials"],"client_secret_sha256":"x""#.to_owned(), "SHA-256"),
            (r#""grant_types":["password"]"#.to_owned(), "grant_types"),
            (r#""redirect_uris":["https://c/cb"],"access_token_ttl_secs":600"#.to_owned(), "is for clients"),
        ] {
            let error = one(&entry).unwrap_err();
            assert!(error.contains(reason), "{entry}: {error}");
        }
        let twice = r#"{"client_id":"a","bases":["https://h"],"redirect_uris":["https://c/cb"]}"#;
        assert!(open(&format!(r#"{{"clients":[{twice},{twice}]}}"#)).unwrap_err().contains("twice"));
    }
}
