//! What the server listens to, whom it serves, what it tells.

use std::collections::BTreeSet;
use std::path::PathBuf;

use protocol::uri::Base;

use super::parse::{self, ListenAddress};
use super::source::Source;
use super::variable::{Default, Variable};

const LISTEN_ADDR: Variable = Variable {
    name: "BOUNCER_LISTEN_ADDR",
    default: Default::Value(":8080"),
    meaning: "where Traefik reaches the OAuth endpoints",
};
const METRICS_ADDR: Variable = Variable {
    name: "BOUNCER_METRICS_ADDR",
    default: Default::Value(":9090"),
    meaning: "`/healthz`, `/readyz`, `/metrics` (how much is stored), `/backup` (for `mcpbouncer backup`); not for the public",
};
const ALLOWED_BASES: Variable = Variable {
    name: "BOUNCER_ALLOWED_BASES",
    default: Default::Absent("any"),
    meaning: "base URLs that may be served, comma-separated",
};
const REVOCATION_FILE: Variable = Variable {
    name: "BOUNCER_REVOCATION_FILE",
    default: Default::Absent("–"),
    meaning: "where the plugin reads what was revoked. Looked at every second and written again if somebody else removes or changes it; a grant stays in it as long as its longest access token lives, also after `BOUNCER_ACCESS_TOKEN_TTL` was lowered. It has room for 2,000 grants, shared out among tenants; beyond a tenant's share everything issued there before a time is refused once, and clients refresh",
};
const LOG_LEVEL: Variable = Variable {
    name: "BOUNCER_LOG_LEVEL",
    default: Default::Value("info"),
    meaning: "`error` `warn` `info` `debug` `trace`",
};
pub(super) const VARIABLES: &[Variable] =
    &[LISTEN_ADDR, METRICS_ADDR, ALLOWED_BASES, REVOCATION_FILE, LOG_LEVEL];

/// The section.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where Traefik reaches the OAuth endpoints.
    pub listen: ListenAddress,
    /// The second listener, for operations.
    pub ops_listen: ListenAddress,
    /// If set, any other base is refused.
    pub allowed_bases: Option<BTreeSet<Base>>,
    /// Where the plugin reads what was revoked.
    pub revocation_file: Option<PathBuf>,
    /// From which level on a line is logged.
    pub log_level: tracing::Level,
}

impl Server {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            listen: source.or(&LISTEN_ADDR, ListenAddress::parse),
            ops_listen: source.or(&METRICS_ADDR, ListenAddress::parse),
            allowed_bases: source.optional(&ALLOWED_BASES, parse::bases),
            revocation_file: source.optional(&REVOCATION_FILE, parse::path),
            log_level: source.or(&LOG_LEVEL, parse::log_level),
        }
    }
}
