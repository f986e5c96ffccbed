//! Settings of the sidecar: environment variables named `BOUNCER_*`, read once at start.
//!
//! [`Config::from_pairs`] takes the variables as an iterator of pairs, so no test needs a process
//! environment. Every secret is also accepted as `…_FILE`. An unknown `BOUNCER_*` name stops the
//! program with the nearest known one, because a misspelt limit is a limit that is not there.

pub mod clients;
pub mod defaults;
pub mod identity;
pub mod keys;
pub mod outbound;
mod parse;
pub mod server;
mod source;
pub mod storage;
#[cfg(test)]
mod tests;
pub mod tokens;
mod upstream_refresh;
pub mod variable;

use std::path::PathBuf;

use protocol::secret::{Secret, decode_key32};

pub use parse::ListenAddress;
use source::Source;
pub use upstream_refresh::UpstreamRefresh;
use variable::Variable;

/// Everything that can be set, a section for each concern. Durations are in seconds.
#[derive(Debug, Clone)]
pub struct Config {
    /// The keys of everything.
    pub keys: keys::Keys,
    /// Where things are remembered.
    pub storage: storage::Storage,
    /// What the server listens to, whom it serves, what it tells.
    pub server: server::Server,
    /// The way to other hosts.
    pub outbound: outbound::Outbound,
    /// Who people are, and by whose word.
    pub identity: identity::Identity,
    /// What holds for tenants that do not say it themselves.
    pub defaults: defaults::Defaults,
    /// How long tokens and keys live.
    pub tokens: tokens::Tokens,
    /// Which clients there may be.
    pub clients: clients::Clients,
}

/// Every variable, section by section, for the documentation.
pub fn variables() -> impl Iterator<Item = &'static Variable> {
    [
        keys::VARIABLES,
        storage::VARIABLES,
        server::VARIABLES,
        identity::VARIABLES,
        defaults::VARIABLES,
        tokens::VARIABLES,
        clients::VARIABLES,
        outbound::VARIABLES,
    ]
    .into_iter()
    .flatten()
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
        let identity = identity::Identity::read(&mut source);
        let config = Self {
            defaults: defaults::Defaults::read(&mut source, identity.users_file.is_some()),
            identity,
            keys: keys::Keys::read(&mut source),
            storage: storage::Storage::read(&mut source),
            server: server::Server::read(&mut source),
            outbound: outbound::Outbound::read(&mut source, https_proxy.as_deref()),
            tokens: tokens::Tokens::read(&mut source),
            clients: clients::Clients::read(&mut source),
        };
        source.tolerate("BOUNCER_PLUGIN_KEY");
        source.tolerate("BOUNCER_TRUST_ANCHOR");
        let mut problems = source.finish();
        config.tokens.check(&mut problems);
        config.clients.check(&mut problems);
        if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
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
    let wanted = Variable {
        default: variable::Default::Required("set it to the file that is to hold the users"),
        ..identity::USERS_FILE
    };
    let file = source.required(&wanted, parse::path);
    file.ok_or_else(|| ConfigError(source.into_problems()))
}

/// Reads one key for the command line.
pub fn read_key(text: &str) -> Result<Secret<[u8; 32]>, String> {
    decode_key32(text).map_err(|error| error.to_string())
}
