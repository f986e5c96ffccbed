//! Settings of the sidecar: environment variables named `BOUNCER_*`, read once at start.
//!
//! [`Config::from_pairs`] takes the variables as an iterator of pairs, so no test needs a process
//! environment. Every secret is also accepted as `…_FILE`. An unknown `BOUNCER_*` name stops the
//! program with the nearest known one, because a misspelt limit is a limit that is not there.

mod parse;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::PathBuf;

use protocol::context::PluginKeys;
use protocol::jose::anchor::AnchorSeed;
use protocol::secret::{Secret, decode_key32};
use protocol::text::TextSet;
use protocol::uri::Base;

use crate::store::LONGEST_TOKEN_SECS;
use crate::upstream::http::OutboundProxy;
pub use parse::ListenAddress;
use source::Source;

/// Everything that can be set. All durations are in seconds.
#[derive(Debug, Clone)]
pub struct Config {
    /// `BOUNCER_DB_PATH`: the store's file.
    pub db_path: PathBuf,
    /// Writes that share a transaction of the file, at most; no variable sets it.
    pub db_batch: Option<usize>,
    /// `BOUNCER_DATABASE_URL`: a PostgreSQL database for the store, in the place of the file.
    pub database_url: Option<Secret<String>>,
    /// `BOUNCER_LISTEN_ADDR`: where Traefik reaches the OAuth endpoints.
    pub listen: ListenAddress,
    /// `BOUNCER_METRICS_ADDR`: the second listener, health and readiness.
    pub ops_listen: ListenAddress,
    /// `BOUNCER_ENCRYPTION_KEY`: seals what is secret at rest.
    pub encryption_key: Secret<[u8; 32]>,
    /// `BOUNCER_ENCRYPTION_KEYS_PREVIOUS`: still open what they sealed.
    pub encryption_keys_previous: Vec<Secret<[u8; 32]>>,
    /// `BOUNCER_ANCHOR_SEED`: yields trust anchor and plugin key; absent means derived from the
    /// encryption key.
    pub anchor_seed: Option<Secret<[u8; 32]>>,
    /// `BOUNCER_ANCHOR_SEEDS_PREVIOUS`: contexts sealed under these still open.
    pub anchor_seeds_previous: Vec<Secret<[u8; 32]>>,
    /// `BOUNCER_USERS_FILE`: local users.
    pub users_file: Option<PathBuf>,
    /// `BOUNCER_ALLOWED_BASES`: if set, any other base is refused.
    pub allowed_bases: Option<BTreeSet<Base>>,
    /// `BOUNCER_INTERNAL_ISSUERS`: upstream issuers that may be http or on a private address.
    pub internal_issuers: BTreeSet<String>,
    /// `BOUNCER_REFRESH_GRACE`: how long a just-rotated refresh token still yields its successor.
    pub refresh_grace_secs: u64,
    /// `BOUNCER_KEY_ROTATION_DAYS`: how long a signing key signs.
    pub key_rotation_secs: u64,
    /// `BOUNCER_KEY_OVERLAP_HOURS`: how long keys overlap.
    pub key_overlap_secs: u64,
    /// `BOUNCER_ACCESS_TOKEN_TTL`.
    pub access_token_ttl_secs: u64,
    /// `BOUNCER_REFRESH_TOKEN_TTL`: idle lifetime of a refresh grant.
    pub refresh_token_ttl_secs: u64,
    /// `BOUNCER_LOG_LEVEL`: `error`, `warn`, `info`, `debug` or `trace`.
    pub log_level: tracing::Level,
    /// `BOUNCER_DCR_INITIAL_TOKEN`: if set, the bearer token registration demands.
    pub dcr_initial_token: Option<Secret<String>>,
    /// `BOUNCER_CA_FILE`: certificate authorities trusted beside the usual ones, PEM.
    pub ca_file: Option<PathBuf>,
    /// `BOUNCER_PROVIDERS_FILE`: identity providers by name.
    pub providers_file: Option<PathBuf>,
    /// `BOUNCER_CLIENTS_FILE`: clients the operator registers by hand.
    pub clients_file: Option<PathBuf>,
    /// `BOUNCER_CLIENT_DOCUMENTS`: whether a `client_id` may be the address of a document; absent means yes, unless
    /// registration is closed and no hosts are listed.
    pub client_documents: Option<bool>,
    /// `BOUNCER_CLIENT_DOCUMENT_HOSTS`: if set, documents of these hosts only.
    pub client_document_hosts: Option<BTreeSet<String>>,
    /// `BOUNCER_INTERNAL_CLIENT_DOCUMENTS`: origins of documents that may be http or on a private address.
    pub internal_client_documents: BTreeSet<String>,
    /// `BOUNCER_OUTBOUND_PROXY`: calls to public addresses go through it. `environment`: the one that `HTTPS_PROXY` names.
    pub outbound_proxy: Option<OutboundProxy>,
    /// Hosts that are tried when it is in doubt whether there is a way out to the internet; no variable sets it.
    pub reference_hosts: Option<Vec<String>>,
    /// `BOUNCER_REDIRECT_SCHEMES`: private-use schemes accepted beside the known ones.
    pub redirect_schemes: TextSet,
    /// `BOUNCER_REVOCATION_FILE`: where the plugin reads what was revoked.
    pub revocation_file: Option<PathBuf>,
    /// `BOUNCER_STRICT_UPSTREAM_REFRESH`: whether a refresh is confirmed with the upstream provider.
    pub upstream_refresh: UpstreamRefresh,
    /// `BOUNCER_CLIENT_TTL_DAYS`: idle clients without a live grant are removed after this.
    pub client_ttl_secs: u64,
    /// `BOUNCER_REGISTER_RATE_LIMIT`: registrations per window and client address.
    pub register_rate_limit: u32,
    /// `BOUNCER_REGISTER_RATE_WINDOW`: that window.
    pub register_rate_window_secs: u64,
}

/// `BOUNCER_STRICT_UPSTREAM_REFRESH`: whether a refresh of a grant is confirmed with the identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamRefresh {
    /// `false`: never; the grant lives by its own lifetimes.
    Never,
    /// `auto`: where the provider gave a refresh token. Its outage is bridged for a time.
    Auto,
    /// `true`: always; without the provider's word there is no refresh.
    Always,
}

/// Every problem found, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the settings out of environment variables; names that do not begin with `BOUNCER_` are
    /// ignored. `…_FILE` variables are read from disk.
    pub fn from_pairs<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self, ConfigError>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let pairs: Vec<(String, String)> =
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let https_proxy = https_proxy(&pairs);
        let mut source = Source::new(pairs);
        let encryption_key =
            source.required("BOUNCER_ENCRYPTION_KEY", "run `mcpbouncer keygen` to make one", parse::key32);
        let config = Self {
            db_path: source.or("BOUNCER_DB_PATH", "/data/bouncer.db", parse::path),
            db_batch: None,
            database_url: source.optional("BOUNCER_DATABASE_URL", parse::secret_text),
            listen: source.or("BOUNCER_LISTEN_ADDR", ":8080", ListenAddress::parse),
            ops_listen: source.or("BOUNCER_METRICS_ADDR", ":9090", ListenAddress::parse),
            // A missing key is a problem on record, so this placeholder never leaves the function.
            encryption_key: encryption_key.unwrap_or_else(|| Secret::new([0; 32])),
            encryption_keys_previous: source
                .optional("BOUNCER_ENCRYPTION_KEYS_PREVIOUS", parse::keys32)
                .unwrap_or_default(),
            anchor_seed: source.optional("BOUNCER_ANCHOR_SEED", parse::key32),
            anchor_seeds_previous: source
                .optional("BOUNCER_ANCHOR_SEEDS_PREVIOUS", parse::keys32)
                .unwrap_or_default(),
            users_file: source.optional("BOUNCER_USERS_FILE", parse::path),
            allowed_bases: source.optional("BOUNCER_ALLOWED_BASES", parse::bases),
            internal_issuers: source.optional("BOUNCER_INTERNAL_ISSUERS", parse::issuers).unwrap_or_default(),
            refresh_grace_secs: source.or("BOUNCER_REFRESH_GRACE", "60", |text| parse::duration(text, 1)),
            key_rotation_secs: source.or("BOUNCER_KEY_ROTATION_DAYS", "30", parse::days),
            key_overlap_secs: source.or("BOUNCER_KEY_OVERLAP_HOURS", "24", parse::hours),
            access_token_ttl_secs: source.or("BOUNCER_ACCESS_TOKEN_TTL", "1", parse::hours),
            refresh_token_ttl_secs: source.or("BOUNCER_REFRESH_TOKEN_TTL", "30", parse::days),
            log_level: source.or("BOUNCER_LOG_LEVEL", "info", parse::log_level),
            dcr_initial_token: source.optional("BOUNCER_DCR_INITIAL_TOKEN", parse::secret_text),
            ca_file: source.optional("BOUNCER_CA_FILE", parse::path),
            providers_file: source.optional("BOUNCER_PROVIDERS_FILE", parse::path),
            clients_file: source.optional("BOUNCER_CLIENTS_FILE", parse::path),
            client_documents: source.optional("BOUNCER_CLIENT_DOCUMENTS", parse::boolean),
            client_document_hosts: source.optional("BOUNCER_CLIENT_DOCUMENT_HOSTS", parse::hosts),
            internal_client_documents: source
                .optional("BOUNCER_INTERNAL_CLIENT_DOCUMENTS", parse::origins)
                .unwrap_or_default(),
            outbound_proxy: source
                .optional("BOUNCER_OUTBOUND_PROXY", |text| parse::proxy(text, https_proxy.as_deref())),
            reference_hosts: None,
            redirect_schemes: source.optional("BOUNCER_REDIRECT_SCHEMES", parse::schemes).unwrap_or_default(),
            revocation_file: source.optional("BOUNCER_REVOCATION_FILE", parse::path),
            upstream_refresh: source.or("BOUNCER_STRICT_UPSTREAM_REFRESH", "auto", parse::upstream_refresh),
            client_ttl_secs: source.or("BOUNCER_CLIENT_TTL_DAYS", "90", parse::days),
            register_rate_limit: source.or("BOUNCER_REGISTER_RATE_LIMIT", "600", parse::count),
            register_rate_window_secs: source.or("BOUNCER_REGISTER_RATE_WINDOW", "1", parse::hours),
        };
        source.tolerate("BOUNCER_PLUGIN_KEY");
        source.tolerate("BOUNCER_TRUST_ANCHOR");
        let mut problems = source.finish();
        config.judge(&mut problems);
        if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
    }

    /// The anchor seed in force: the one set, else derived from the encryption key (RFC 5869).
    pub fn anchor(&self) -> AnchorSeed {
        let derived = || AnchorSeed::from_encryption_key(&self.encryption_key);
        self.anchor_seed.clone().map_or_else(derived, AnchorSeed::new)
    }

    /// The anchor seeds whose contexts still open.
    pub fn previous_anchors(&self) -> Vec<AnchorSeed> {
        self.anchor_seeds_previous.iter().cloned().map(AnchorSeed::new).collect()
    }

    /// What opens the plugin's contexts.
    pub fn plugin_keys(&self) -> PluginKeys {
        let previous = self.previous_anchors().iter().map(AnchorSeed::plugin_key).collect();
        PluginKeys::new(self.anchor().plugin_key(), previous)
    }

    /// Whether clients may be described by a document. Closed registration means closed, unless hosts are listed.
    pub fn takes_client_documents(&self) -> bool {
        let open = self.dcr_initial_token.is_none() || self.client_document_hosts.is_some();
        self.client_documents.unwrap_or(true) && open
    }

    /// What single values cannot tell.
    fn judge(&self, problems: &mut Vec<String>) {
        if self.access_token_ttl_secs == 0 || self.access_token_ttl_secs > LONGEST_TOKEN_SECS {
            problems.push("BOUNCER_ACCESS_TOKEN_TTL must be between one second and 24 hours".into());
        }
        if self.refresh_token_ttl_secs < self.access_token_ttl_secs {
            problems
                .push("BOUNCER_REFRESH_TOKEN_TTL must not be shorter than BOUNCER_ACCESS_TOKEN_TTL".into());
        }
        if self.refresh_grace_secs > 600 {
            problems.push("BOUNCER_REFRESH_GRACE must be at most 600 seconds".into());
        }
        if self.key_rotation_secs < 3600 {
            problems.push("BOUNCER_KEY_ROTATION_DAYS must be at least one hour (write it as 1h)".into());
        }
        if self.key_overlap_secs < self.access_token_ttl_secs {
            problems.push(
                "BOUNCER_KEY_OVERLAP_HOURS must not be shorter than BOUNCER_ACCESS_TOKEN_TTL: a token must not outlive its key"
                    .into(),
            );
        }
        if self.client_documents == Some(true) && !self.takes_client_documents() {
            problems.push(
                "BOUNCER_CLIENT_DOCUMENTS=true and BOUNCER_DCR_INITIAL_TOKEN contradict each other: list the hosts in BOUNCER_CLIENT_DOCUMENT_HOSTS"
                    .into(),
            );
        }
        if self.register_rate_limit == 0 {
            problems.push("BOUNCER_REGISTER_RATE_LIMIT must be at least 1".into());
        }
    }
}

/// The variable by its two names.
fn https_proxy(pairs: &[(String, String)]) -> Option<String> {
    let named = |wanted: &str| {
        pairs.iter().find(|(name, value)| name == wanted && !value.is_empty()).map(|(_, value)| value.clone())
    };
    named("HTTPS_PROXY").or_else(|| named("https_proxy"))
}

/// `BOUNCER_USERS_FILE` alone, for the command that edits it.
pub fn users_file<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<PathBuf, ConfigError>
where
    K: Into<String>,
    V: Into<String>,
{
    let mut source = Source::new(pairs);
    let file =
        source.required("BOUNCER_USERS_FILE", "set it to the file that is to hold the users", parse::path);
    file.ok_or_else(|| ConfigError(source.into_problems()))
}

/// Reads one key for the command line.
pub fn read_key(text: &str) -> Result<Secret<[u8; 32]>, String> {
    decode_key32(text).map_err(|error| error.to_string())
}
