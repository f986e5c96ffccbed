//! Adds a client to the clients file, for a command. The file is replaced atomically, and only one command edits it at
//! a time.

use std::path::Path;

use protocol::uri::Base;
use serde_json::{Map, Value, json};

use super::file::{ClientsFileError, FileClients};
use crate::reloaded_file::Content as _;
use crate::whole_file::{self, lock_folder};

/// How the new client authenticates.
#[derive(Debug, Clone)]
pub enum NewCredentials {
    /// A secret, of which the file holds only this hash (SHA-256 in base64url).
    SecretHash(String),
    /// An assertion that one of these public keys verifies.
    Keys(Value),
    /// An assertion that one of the public keys at this URL verifies.
    KeysAt(String),
}

/// A client that uses the client credentials grant.
#[derive(Debug, Clone)]
pub struct NewMachine {
    /// The `client_id`.
    pub client_id: String,
    /// The client's name for people.
    pub name: Option<String>,
    /// The base URLs at which the client may be used.
    pub bases: Vec<Base>,
    /// The scopes that the client may get; `None`: every offered scope that is not reserved for members of groups.
    pub scope: Option<String>,
    /// The lifetime of the client's access tokens, in seconds; `None`: that of other access tokens.
    pub ttl_secs: Option<u64>,
    /// How the client authenticates.
    pub credentials: NewCredentials,
}

/// Adds the client to the file, and creates the file if there is none. Fails, and changes nothing, if the file lists
/// the client already, or if the sidecar would not accept the new file. Blocking.
pub fn add_machine(path: &Path, new: NewMachine) -> Result<(), ClientsFileError> {
    let io = |source| ClientsFileError::Io { path: path.to_owned(), source };
    let _lock = lock_folder(path).map_err(io)?;
    let mut contents = match std::fs::read(path) {
        Ok(text) => {
            FileClients::parse(&text, path)?;
            serde_json::from_slice(&text).map_err(|error| ClientsFileError::json(path, &error))?
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => json!({ "clients": [] }),
        Err(error) => return Err(io(error)),
    };
    if let Some(clients) = contents.get_mut("clients").and_then(Value::as_array_mut) {
        clients.push(entry(new));
    }
    let mut text =
        serde_json::to_vec_pretty(&contents).map_err(|error| ClientsFileError::json(path, &error))?;
    text.push(b'\n');
    FileClients::parse(&text, path)?;
    whole_file::replace(path, &text, 0o600).map_err(io)
}

fn entry(new: NewMachine) -> Value {
    let bases: Vec<&str> = new.bases.iter().map(Base::as_str).collect();
    let mut entry = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            entry.insert(name.to_owned(), value);
        }
    };
    put("client_id", Some(new.client_id.into()));
    put("client_name", new.name.map(Value::from));
    put("bases", Some(bases.into()));
    put("grant_types", Some(json!(["client_credentials"])));
    put("scope", new.scope.map(Value::from));
    put("access_token_ttl_secs", new.ttl_secs.map(Value::from));
    let method = |name: &str| Some(name.into());
    match new.credentials {
        NewCredentials::SecretHash(hash) => put("client_secret_sha256", Some(hash.into())),
        NewCredentials::Keys(keys) => {
            put("token_endpoint_auth_method", method("private_key_jwt"));
            put("jwks", Some(keys));
        }
        NewCredentials::KeysAt(address) => {
            put("token_endpoint_auth_method", method("private_key_jwt"));
            put("jwks_uri", Some(address.into()));
        }
    }
    Value::Object(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::encoding::b64url_encode;
    use std::os::unix::fs::PermissionsExt as _;

    fn new(client_id: &str, credentials: NewCredentials) -> NewMachine {
        NewMachine {
            client_id: client_id.to_owned(),
            name: Some("Nightly build".to_owned()),
            bases: vec![Base::parse("https://h").unwrap()],
            scope: Some("read".to_owned()),
            ttl_secs: Some(600),
            credentials,
        }
    }

    fn secret() -> NewCredentials {
        NewCredentials::SecretHash(b64url_encode(&[7; 32]))
    }

    #[test]
    fn a_client_is_added_and_the_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients.json");
        add_machine(&path, new("ci", secret())).unwrap();
        let keys = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": b64url_encode(&[9; 32])}]});
        add_machine(&path, new("cj", NewCredentials::Keys(keys))).unwrap();
        add_machine(&path, new("ck", NewCredentials::KeysAt("https://c/keys".to_owned()))).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read(&path).unwrap();
        let listed: Value = serde_json::from_slice(&text).unwrap();
        let ids: Vec<&str> = listed["clients"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["client_id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ["ci", "cj", "ck"]);
        let file = FileClients::parse(&text, &path).unwrap();
        let base = Base::parse("https://h").unwrap();
        assert!(ids.iter().all(|id| file.find(id, &base).unwrap().allowance().is_some()));
    }

    #[test]
    fn what_the_sidecar_would_refuse_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients.json");
        add_machine(&path, new("ci", secret())).unwrap();
        let before = std::fs::read(&path).unwrap();
        let keys = NewCredentials::Keys(json!({"keys": []}));
        for (wrong, reason) in [
            (new("ci", secret()), "twice"),
            (new("c i", secret()), "the id has"),
            (new("cj", keys), "needs either jwks"),
            (new("cj", NewCredentials::KeysAt("http://c/keys".to_owned())), "needs either jwks"),
            (NewMachine { ttl_secs: Some(1), ..new("cj", secret()) }, "less than 60"),
            (NewMachine { bases: Vec::new(), ..new("cj", secret()) }, "bases is empty"),
        ] {
            let error = add_machine(&path, wrong).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::write(&path, "{").unwrap();
        assert!(add_machine(&path, new("cj", secret())).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"{");
        assert!(add_machine(&folder.path().join("no/such"), new("cj", secret())).is_err());
    }
}
