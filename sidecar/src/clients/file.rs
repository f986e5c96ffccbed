//! Reads `BOUNCER_CLIENTS_FILE`: clients that the operator registers by hand, and resource servers that may introspect
//! tokens. The file is read once, at startup.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use protocol::personal_token::CLIENT_ID as PERSONAL;
use protocol::secret::Secret;
use protocol::server::registration::{AuthMethod, ClientMetadata, RegistrationError};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use protocol::uri::Base;
use serde::Deserialize;
use serde_json::{Map, Value};
use store::crypto::secrets::hash_secret;
use store::record::{ClientKind, ClientRecord, ClientSource, Hash};

use super::client::kind_without_secret;

/// The minimum length of a secret, in bytes; a shorter one can be guessed.
const SHORTEST_SECRET: usize = 24;
/// The maximum length of a client id, in bytes.
const LONGEST_ID: usize = 256;

/// Why the file cannot be used. The message quotes client ids from the file, but none of its other values.
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
    /// The file is not valid JSON of the expected shape.
    #[error("{path} is not a JSON object with a list of clients: error at line {line}, column {column}")]
    Json {
        /// The path.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 if the error is before the first character of the line.
        column: usize,
    },
    /// An entry is invalid.
    #[error("client {client_id:?}: {reason}")]
    Entry {
        /// The client's id.
        client_id: String,
        /// What is wrong with it.
        reason: String,
    },
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
    bases: BTreeSet<Base>,
    #[serde(default)]
    introspect: bool,
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
}

/// The clients in the file; empty if no file is configured.
#[derive(Debug, Default)]
pub struct ClientsFile(Vec<FileClient>);

impl ClientsFile {
    /// Reads the file; returns no clients if `path` is `None`.
    pub fn open(path: Option<&Path>) -> Result<Self, ClientsFileError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let io = |source| ClientsFileError::Io { path: path.to_owned(), source };
        let text = std::fs::read(path).map_err(io)?;
        let contents: Contents = serde_json::from_slice(&text).map_err(|error| ClientsFileError::Json {
            path: path.to_owned(),
            line: error.line(),
            column: error.column(),
        })?;
        let mut clients: Vec<FileClient> = Vec::new();
        for entry in contents.clients {
            let client_id = entry.client_id.clone();
            let client = FileClient::read(entry).and_then(|client| {
                let twice = clients.iter().any(|other| other.client_id == client_id);
                if twice { Err("is listed twice".to_owned()) } else { Ok(client) }
            });
            clients.push(client.map_err(|reason| ClientsFileError::Entry { client_id, reason })?);
        }
        Ok(Self(clients))
    }

    /// The client with this id, if its entry lists this base URL.
    pub(super) fn find(&self, client_id: &str, base: &Base) -> Option<&FileClient> {
        self.0.iter().find(|client| client.client_id == client_id && client.bases.contains(base))
    }
}

impl FileClient {
    fn read(entry: Entry) -> Result<Self, String> {
        let Entry { client_id, client_secret, bases, introspect, mut metadata } = entry;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
        if client_id.is_empty() || client_id.len() > LONGEST_ID || !client_id.bytes().all(plain) {
            return Err("the id may contain only letters, digits and - _ . ~".to_owned());
        }
        if client_id == PERSONAL {
            return Err("the id is that of personal access tokens".to_owned());
        }
        if bases.is_empty() {
            return Err("bases is empty: list the base URLs at which it may be used".to_owned());
        }
        if client_secret.as_ref().is_some_and(|secret| secret.expose().len() < SHORTEST_SECRET) {
            return Err(format!("client_secret is shorter than {SHORTEST_SECRET} characters"));
        }
        if client_secret.is_some() && !metadata.contains_key("token_endpoint_auth_method") {
            metadata.insert("token_endpoint_auth_method".to_owned(), "client_secret_basic".into());
        }
        if introspect && !metadata.contains_key("redirect_uris") {
            // A resource server that only introspects tokens needs no redirect URI, but the metadata must have one. Names
            // below `.invalid` never resolve (RFC 6761 §6.4), so this one leads nowhere.
            metadata.insert("redirect_uris".to_owned(), serde_json::json!(["https://invalid.invalid/"]));
        }
        let metadata = ClientMetadata::from_stored(&Value::Object(metadata))
            .map_err(|error: RegistrationError| error.to_string())?;
        let wants_secret = matches!(metadata.auth_method(), AuthMethod::Basic | AuthMethod::Post);
        if wants_secret != client_secret.is_some() {
            return Err("client_secret and token_endpoint_auth_method do not fit together".to_owned());
        }
        let secret = client_secret.map(|secret| hash_secret(secret.expose()));
        Ok(Self { client_id, bases, introspect, secret, metadata })
    }

    pub(super) const fn may_introspect(&self) -> bool {
        self.introspect
    }

    /// The client as a record for the store.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn open(text: &str) -> Result<ClientsFile, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        ClientsFile::open(Some(file.path())).map_err(|error| error.to_string())
    }

    fn one(entry: &str) -> Result<ClientsFile, String> {
        open(&format!(r#"{{"clients":[{{"client_id":"ci","bases":["https://h"],{entry}}}]}}"#))
    }

    #[test]
    fn clients_are_found_at_their_bases_only() {
        let file = one(r#""redirect_uris":["https://c/cb"]"#).unwrap();
        let base = |text: &str| Base::parse(text).unwrap();
        assert!(file.find("ci", &base("https://h")).is_some());
        assert!(file.find("ci", &base("https://h/other")).is_none());
        assert!(file.find("cj", &base("https://h")).is_none());
        assert!(ClientsFile::open(None).unwrap().find("ci", &base("https://h")).is_none());
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
        let twice = r#"{"client_id":"a","bases":["https://h"],"redirect_uris":["https://c/cb"]}"#;
        assert!(open(&format!(r#"{{"clients":[{twice},{twice}]}}"#)).unwrap_err().contains("twice"));
        assert!(ClientsFile::open(Some(Path::new("/no/such"))).is_err());
    }
}
