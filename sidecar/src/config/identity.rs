//! Settings for users and identity providers.

use std::collections::BTreeSet;
use std::path::PathBuf;

use protocol::server::second_factor::Demand;

use super::parse;
use super::source::Source;
use super::upstream_refresh::UpstreamRefresh;
use super::variable::{Default, Variable};

pub(super) const USERS_FILE: Variable = Variable {
    name: "BOUNCER_USERS_FILE",
    default: Default::Absent("–"),
    meaning: "file of local users; `mcpbouncer users add` adds to it",
};
const PROVIDERS_FILE: Variable = Variable {
    name: "BOUNCER_PROVIDERS_FILE",
    default: Default::Absent("–"),
    meaning: "file of identity providers by name; read at startup",
};
const INTERNAL_ISSUERS: Variable = Variable {
    name: "BOUNCER_INTERNAL_ISSUERS",
    default: Default::Absent("–"),
    meaning: "issuers that may use http or a private address; their endpoints must have the origin of a listed issuer",
};
const STRICT_UPSTREAM_REFRESH: Variable = Variable {
    name: "BOUNCER_STRICT_UPSTREAM_REFRESH",
    default: Default::Value("auto"),
    meaning: "whether a refresh is confirmed with the identity provider: `auto`, `true`, `false`; see [Refresh and the provider](#refresh-and-the-provider)",
};
const SECOND_FACTOR: Variable = Variable {
    name: "BOUNCER_SECOND_FACTOR",
    default: Default::Value("optional"),
    meaning: "whether local users need a second factor: `optional` if they have set one up, `required` always; see [Local users](guides/local-users.md#second-factor)",
};
const PASSKEYS: Variable = Variable {
    name: "BOUNCER_PASSKEYS",
    default: Default::Value("optional"),
    meaning: "whether local users may sign in with passkeys: `optional` if they have added one, `off` never; see [Local users](guides/local-users.md#passkeys)",
};
pub(super) const VARIABLES: &[Variable] =
    &[USERS_FILE, SECOND_FACTOR, PASSKEYS, PROVIDERS_FILE, INTERNAL_ISSUERS, STRICT_UPSTREAM_REFRESH];

/// The settings of this section.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The file of local users.
    pub users_file: Option<PathBuf>,
    /// Which local users need a second factor.
    pub second_factor: Demand,
    /// Whether local users may have passkeys.
    pub passkeys: bool,
    /// The file of identity providers by name.
    pub providers_file: Option<PathBuf>,
    /// Issuers that may use http or a private address.
    pub internal_issuers: BTreeSet<String>,
    /// Whether a refresh is confirmed with the identity provider.
    pub upstream_refresh: UpstreamRefresh,
}

impl Identity {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            users_file: source.optional(&USERS_FILE, parse::path),
            second_factor: source.or(&SECOND_FACTOR, parse::second_factor),
            passkeys: source.or(&PASSKEYS, parse::passkeys),
            providers_file: source.optional(&PROVIDERS_FILE, parse::path),
            internal_issuers: source.optional(&INTERNAL_ISSUERS, parse::issuers).unwrap_or_default(),
            upstream_refresh: source.or(&STRICT_UPSTREAM_REFRESH, parse::upstream_refresh),
        }
    }
}
