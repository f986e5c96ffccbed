//! Identity providers by name (`BOUNCER_PROVIDERS_FILE`), so that client secrets need not be in Docker labels, and the
//! default provider. A tenant's options contain only `provider=<name>`. Each entry of the file lists the issuers
//! (tenant base URLs) that may use the provider. The file is read once, at startup.
//!
//! The plugin, and the tokens that it validates, know such a provider only by its name, or not at all. Stored records
//! belong to a tenant id that is derived from the provider's settings ([`tenant_id`]). So if an operator changes the
//! entry of a name to another issuer or client, the result is a different tenant, without registered clients and
//! grants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use protocol::secret::Secret;
use protocol::settings::{Provider, ProviderOptions, TenantSettings};
use protocol::tenant::TenantId;
use protocol::uri::Base;
use serde::Deserialize;

use crate::upstream::Registration;

/// Why the file cannot be used. The message quotes names from the file, but no other values.
#[derive(Debug, thiserror::Error)]
pub enum ProvidersFileError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not valid JSON of the expected shape.
    #[error("{path} is not a JSON object of providers: error at line {line}, column {column}")]
    Json {
        /// The path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The default provider is invalid.
    #[error("BOUNCER_PROVIDER_*: {0}")]
    Default(String),
    /// An entry is invalid.
    #[error("provider {name:?}: {reason}")]
    Entry {
        /// The provider's name.
        name: String,
        /// What is wrong with the provider's entry.
        reason: String,
    },
}

/// Why there is no provider for a tenant whose options name one, or name none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoProvider {
    /// The file has no entry with this name.
    #[error("provider {0:?} is not in BOUNCER_PROVIDERS_FILE")]
    Unknown(String),
    /// The tenant names no provider, and there is no default provider.
    #[error(
        "the tenant names no provider, and neither BOUNCER_PROVIDER_ISSUER nor BOUNCER_USERS_FILE is set"
    )]
    NoDefault,
    /// The entry does not list this tenant's base URL.
    #[error("provider {0:?} does not list {1} in \"bases\"")]
    OtherBase(String, Base),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    issuer: String,
    client_id: String,
    client_secret: Option<Secret<String>>,
    client_secret_file: Option<PathBuf>,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    authorize_params: String,
    #[serde(default)]
    groups_claim: String,
    #[serde(default)]
    client_auth_method: String,
    #[serde(default)]
    internal_url: String,
    bases: BTreeSet<Base>,
}

/// The providers in the file, if one is configured, and the default provider.
#[derive(Debug, Default)]
pub struct Providers {
    named: BTreeMap<String, (Provider, BTreeSet<Base>)>,
    default: Option<Provider>,
}

impl Providers {
    /// Reads the file. If `path` is `None`, there are no named providers. `default` is the provider of tenants that
    /// name none.
    pub fn open(path: Option<&Path>, default: Option<Provider>) -> Result<Self, ProvidersFileError> {
        if let Some(provider) = &default {
            Registration::at(provider).map_err(|error| ProvidersFileError::Default(error.to_string()))?;
        }
        let Some(path) = path else { return Ok(Self { named: BTreeMap::new(), default }) };
        let text = read(path)?;
        let entries: BTreeMap<String, Entry> = serde_json::from_slice(text.as_bytes()).map_err(|error| {
            ProvidersFileError::Json { path: path.to_owned(), line: error.line(), column: error.column() }
        })?;
        let mut providers = BTreeMap::new();
        for (name, entry) in entries {
            let wrong = |reason: String| ProvidersFileError::Entry { name: name.clone(), reason };
            let client_secret = match (entry.client_secret, entry.client_secret_file) {
                (Some(_), Some(_)) => return Err(wrong("client_secret is given twice".to_owned())),
                (None, Some(file)) => Some(Secret::new(read(&file)?.trim().to_owned())),
                (secret, None) => secret,
            };
            if entry.bases.is_empty() {
                return Err(wrong("bases is empty: list the base URLs that may use it".to_owned()));
            }
            Base::parse(&entry.issuer).map_err(|error| wrong(format!("issuer: {error}")))?;
            let options = ProviderOptions {
                kind: entry.kind,
                authorize_params: entry.authorize_params,
                groups_claim: entry.groups_claim,
                auth_method: entry.client_auth_method,
                internal_url: entry.internal_url,
            };
            let provider =
                Provider::Oidc { issuer: entry.issuer, client_id: entry.client_id, client_secret, options };
            Registration::at(&provider).map_err(|error| wrong(error.to_string()))?;
            providers.insert(name, (provider, entry.bases));
        }
        Ok(Self { named: providers, default })
    }

    /// Returns every provider with its name: the default provider, which has no name, and the named ones.
    pub fn all(&self) -> impl Iterator<Item = (Option<&str>, &Provider)> {
        let named = self.named.iter().map(|(name, (provider, _))| (Some(name.as_str()), provider));
        self.default.iter().map(|provider| (None, provider)).chain(named)
    }

    /// Returns the settings of the provider that the tenant names, or of the default provider if it names none; `None`
    /// if the tenant's own options configure its provider. Fails if the name is unknown, its entry does not list
    /// `base`, or there is no default provider.
    pub fn resolve(&self, provider: &Provider, base: &Base) -> Result<Option<Provider>, NoProvider> {
        let name = match provider {
            Provider::Named { name } => name,
            Provider::Default => return self.default.clone().map(Some).ok_or(NoProvider::NoDefault),
            Provider::Local | Provider::Oidc { .. } => return Ok(None),
        };
        let (found, bases) = self.named.get(name).ok_or_else(|| NoProvider::Unknown(name.clone()))?;
        if bases.contains(base) {
            Ok(Some(found.clone()))
        } else {
            Err(NoProvider::OtherBase(name.clone(), base.clone()))
        }
    }
}

/// Returns the tenant id for stored records of a tenant with a named or default provider: a digest of the name and of
/// everything that the id would cover if the provider's settings were in the tenant's own options. `settings` are the
/// tenant's settings, with the provider itself instead of its name.
pub fn tenant_id(named: &Provider, settings: &TenantSettings) -> TenantId {
    let entry = settings.tid().to_string();
    TenantId::derive(&settings.resource, &entry, "", &[("provider", named.issuer())])
}

fn read(path: &Path) -> Result<String, ProvidersFileError> {
    std::fs::read_to_string(path).map_err(|source| ProvidersFileError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn open(text: &str) -> Result<Providers, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Providers::open(Some(file.path()), None).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_stands_for_an_entry_at_its_bases_only() {
        let text = r#"{"corp": {"issuer": "https://idp.example", "client_id": "us", "client_secret": "s", "bases": ["https://h/wiki"]}}"#;
        let providers = open(text).unwrap();
        let named = |name: &str| Provider::Named { name: name.to_owned() };
        let base = |text: &str| Base::parse(text).unwrap();
        let found = providers.resolve(&named("corp"), &base("https://h/wiki")).unwrap().unwrap();
        assert_eq!(found.issuer(), "https://idp.example");
        assert!(matches!(
            providers.resolve(&named("corp"), &base("https://h")),
            Err(NoProvider::OtherBase(..))
        ));
        assert!(matches!(
            providers.resolve(&named("Corp"), &base("https://h/wiki")),
            Err(NoProvider::Unknown(_))
        ));
        assert_eq!(providers.resolve(&Provider::Local, &base("https://h")), Ok(None));
    }

    #[test]
    fn wrong_entries_are_named_and_secrets_are_not() {
        for (text, reason) in [
            ("[]", "is not a JSON object of providers"),
            (
                r#"{"a": {"issuer": "https://i", "client_id": "c", "client_secret": "canary", "bases": []}}"#,
                "bases is empty",
            ),
            (r#"{"a": {"issuer": "nonsense", "client_id": "c", "bases": ["https://h"]}}"#, "issuer"),
            (
                r#"{"a": {"issuer": "https://i", "client_id": "c", "type": "made-up", "bases": ["https://h"]}}"#,
                "providerType",
            ),
            (
                r#"{"a": {"issuer": "https://i", "client_id": "c", "internal_url": "http://i/other", "bases": ["https://h"]}}"#,
                "providerInternalURL",
            ),
            (
                r#"{"a": {"issuer": "https://i", "client_id": "c", "client_auth_method": "none", "bases": ["https://h"]}}"#,
                "clientAuthMethod",
            ),
            (
                r#"{"a": {"issuer": "https://i", "client_id": "c", "more": 1, "bases": ["https://h"]}}"#,
                "line 1",
            ),
            (
                r#"{"a": {"issuer": "https://i", "client_id": "c", "client_secret_file": "/no/such", "bases": ["https://h"]}}"#,
                "/no/such",
            ),
        ] {
            let error = open(text).unwrap_err();
            assert!(error.contains(reason) && !error.contains("canary"), "{error}");
        }
    }
}
