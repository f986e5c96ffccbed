//! The sidecar's settings: environment variables named `BOUNCER_*`, and some of OpenTelemetry's, read once at startup.
//!
//! [`Config::from_pairs`] takes the variables as an iterator of pairs, so tests do not need a process environment.
//! Every setting can also be given as `…_FILE`, the path of a file with the value. An unknown `BOUNCER_*` name is an
//! error that suggests the nearest known name, because a misspelt limit would not be applied.

pub mod audit;
pub mod brand;
pub mod clients;
pub mod defaults;
pub mod identity;
pub mod keys;
pub(crate) mod made_key;
pub mod outbound;
mod parse;
pub mod server;
mod source;
pub mod storage;
#[cfg(test)]
mod tests;
pub mod tokens;
mod traces;
mod upstream_refresh;
pub mod variable;

use std::path::PathBuf;

use protocol::secret::{Secret, decode_key32};

pub use keys::{FirstStart, KeyOrigin};
pub use parse::ListenAddress;
use source::Source;
pub use upstream_refresh::UpstreamRefresh;
use variable::Variable;

use crate::traces::Settings;

/// All settings, by section. Durations are in seconds.
#[derive(Debug, Clone)]
pub struct Config {
    /// Encryption key and anchor seeds.
    pub keys: keys::Keys,
    /// Where state is stored.
    pub storage: storage::Storage,
    /// How much of the audit table is kept.
    pub audit: audit::Audit,
    /// Listeners, base URLs, revocation list, logging.
    pub server: server::Server,
    /// What the pages show of the operator.
    pub brand: brand::Brand,
    /// How other hosts are reached.
    pub outbound: outbound::Outbound,
    /// Users and identity providers.
    pub identity: identity::Identity,
    /// Defaults for tenants whose options name no provider or no access rules.
    pub defaults: defaults::Defaults,
    /// Lifetimes of tokens and signing keys.
    pub tokens: tokens::Tokens,
    /// OAuth clients.
    pub clients: clients::Clients,
    /// Where traces are exported; `None` if no collector is configured.
    pub traces: Option<Settings>,
}

/// Every variable, by section, for the documentation.
pub fn variables() -> impl Iterator<Item = &'static Variable> {
    [
        keys::VARIABLES,
        storage::VARIABLES,
        audit::VARIABLES,
        server::VARIABLES,
        brand::VARIABLES,
        identity::VARIABLES,
        defaults::VARIABLES,
        tokens::VARIABLES,
        clients::VARIABLES,
        outbound::VARIABLES,
        traces::VARIABLES,
    ]
    .into_iter()
    .flatten()
}

/// Every problem found, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the settings from environment variables. Names that do not begin with `BOUNCER_` are ignored, except for
    /// `HTTPS_PROXY`, `https_proxy`, and those of OpenTelemetry that are read here. The files that `…_FILE` variables
    /// name are read from disk.
    pub fn from_pairs<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self, ConfigError>
    where
        K: Into<String>,
        V: Into<String>,
    {
        Self::for_start(pairs, FirstStart::Refuse)
    }

    /// Reads the settings as [`Self::from_pairs`] does. `first` says what happens if there is neither an encryption
    /// key nor a store.
    pub fn for_start<K, V>(
        pairs: impl IntoIterator<Item = (K, V)>,
        first: FirstStart<'_>,
    ) -> Result<Self, ConfigError>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let (mut source, https_proxy) = with_proxy(pairs);
        let (identity, defaults) = who(&mut source);
        let storage = storage::Storage::read(&mut source);
        let mut config = Self {
            defaults,
            identity,
            keys: keys::Keys::read(&mut source, &storage, first),
            storage,
            audit: audit::Audit::read(&mut source),
            server: server::Server::read(&mut source),
            brand: brand::Brand::read(&mut source),
            outbound: outbound::Outbound::read(&mut source, https_proxy.as_deref()),
            tokens: tokens::Tokens::read(&mut source),
            clients: clients::Clients::read(&mut source),
            traces: traces::read(&mut source),
        };
        source.tolerate("BOUNCER_PLUGIN_KEY");
        source.tolerate("BOUNCER_TRUST_ANCHOR");
        let mut problems = source.finish();
        config.audit.check(&mut problems);
        config.tokens.check(config.server.share_dir.is_some(), &mut problems);
        config.clients.check(&mut problems);
        if problems.is_empty() {
            problems.extend(config.keys.make(first).err());
        }
        unless(problems, config)
    }
}

/// Returns the settings. If there are problems, fails with these instead.
fn unless<T>(problems: Vec<String>, settings: T) -> Result<T, ConfigError> {
    if problems.is_empty() { Ok(settings) } else { Err(ConfigError(problems)) }
}

/// Reads the sections that say who the users are and which of them may log in.
fn who(source: &mut Source) -> (identity::Identity, defaults::Defaults) {
    let identity = identity::Identity::read(source);
    let defaults = defaults::Defaults::read(source, identity.users_file.is_some());
    (identity, defaults)
}

/// Returns the variables, and the proxy for outgoing requests. The variable of the proxy is not one of the sidecar's
/// own.
fn with_proxy<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> (Source, Option<String>)
where
    K: Into<String>,
    V: Into<String>,
{
    let pairs: Vec<(String, String)> =
        pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    let https_proxy = https_proxy(&pairs);
    (Source::new(pairs), https_proxy)
}

/// The value of `HTTPS_PROXY` or, if that is not set or empty, `https_proxy`.
fn https_proxy(pairs: &[(String, String)]) -> Option<String> {
    let named = |wanted: &str| {
        pairs.iter().find(|(name, value)| name == wanted && !value.is_empty()).map(|(_, value)| value.clone())
    };
    named("HTTPS_PROXY").or_else(|| named("https_proxy"))
}

/// Reads only `BOUNCER_USERS_FILE`, for the command that edits that file.
pub fn users_file<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<PathBuf, ConfigError>
where
    K: Into<String>,
    V: Into<String>,
{
    required_path(Source::new(pairs), identity::USERS_FILE, "set it to the path of the users file")
}

/// Reads only `BOUNCER_CLIENTS_FILE`, for the command that edits that file.
pub fn clients_file<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<PathBuf, ConfigError>
where
    K: Into<String>,
    V: Into<String>,
{
    required_path(Source::new(pairs), clients::CLIENTS_FILE, "set it to the path of the clients file")
}

/// Reads a path that only the commands require. `remedy` says what to do if the path is missing.
fn required_path(
    mut source: Source,
    variable: Variable,
    remedy: &'static str,
) -> Result<PathBuf, ConfigError> {
    let wanted = Variable { default: variable::Default::Required(remedy), ..variable };
    let file = source.required(&wanted, parse::path);
    file.ok_or_else(|| ConfigError(source.into_problems()))
}

/// Reads only `BOUNCER_METRICS_ADDR`, for the command that asks the listener there.
pub fn operations_listener<K, V>(
    pairs: impl IntoIterator<Item = (K, V)>,
) -> Result<ListenAddress, ConfigError>
where
    K: Into<String>,
    V: Into<String>,
{
    let mut source = Source::new(pairs);
    let address = source.or(&server::METRICS_ADDR, ListenAddress::parse);
    unless(source.into_problems(), address)
}

/// Reads the default provider and access rules that these variables give, for `init`, which writes the variables. An
/// unknown name is a problem, as it is in [`Config::from_pairs`].
pub fn provider<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<defaults::Defaults, ConfigError>
where
    K: Into<String>,
    V: Into<String>,
{
    let mut source = Source::new(pairs);
    let (_, defaults) = who(&mut source);
    unless(source.finish(), defaults)
}

/// Reads only the sections that say which providers there are and how they are reached, for the command that checks a
/// provider.
pub fn providers<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<ProviderSettings, ConfigError>
where
    K: Into<String>,
    V: Into<String>,
{
    let (mut source, https_proxy) = with_proxy(pairs);
    let (identity, defaults) = who(&mut source);
    let outbound = outbound::Outbound::read(&mut source, https_proxy.as_deref());
    unless(source.into_problems(), ProviderSettings { identity, defaults, outbound })
}

/// The settings that [`providers`] reads.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Users and identity providers.
    pub identity: identity::Identity,
    /// The default provider and access rules.
    pub defaults: defaults::Defaults,
    /// How other hosts are reached.
    pub outbound: outbound::Outbound,
}

/// Parses the value of `BOUNCER_PROVIDER_ISSUER` for the command line. An error continues the sentence "NAME …".
pub fn read_issuer(text: &str) -> Result<String, String> {
    parse::provider_issuer(text)
}

/// Decodes a 32-byte key in base64 for the command line.
pub fn read_key(text: &str) -> Result<Secret<[u8; 32]>, String> {
    decode_key32(text).map_err(|error| error.to_string())
}
