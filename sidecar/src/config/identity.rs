//! Who people are, and by whose word.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::parse;
use super::source::Source;
use super::upstream_refresh::UpstreamRefresh;
use super::variable::{Default, Variable};

pub(super) const USERS_FILE: Variable = Variable {
    name: "BOUNCER_USERS_FILE",
    default: Default::Absent("–"),
    meaning: "local users; `mcpbouncer user add`",
};
const PROVIDERS_FILE: Variable = Variable {
    name: "BOUNCER_PROVIDERS_FILE",
    default: Default::Absent("–"),
    meaning: "identity providers by name; read at the start",
};
const INTERNAL_ISSUERS: Variable = Variable {
    name: "BOUNCER_INTERNAL_ISSUERS",
    default: Default::Absent("–"),
    meaning: "providers that may be http or on a private address; their endpoints have to lie at the origin of a listed one",
};
const STRICT_UPSTREAM_REFRESH: Variable = Variable {
    name: "BOUNCER_STRICT_UPSTREAM_REFRESH",
    default: Default::Value("auto"),
    meaning: "whether a refresh is confirmed with the identity provider: `auto`, `true`, `false`; see [Refresh and the provider](#refresh-and-the-provider)",
};
pub(super) const VARIABLES: &[Variable] =
    &[USERS_FILE, PROVIDERS_FILE, INTERNAL_ISSUERS, STRICT_UPSTREAM_REFRESH];

/// The section.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Local users.
    pub users_file: Option<PathBuf>,
    /// Identity providers by name.
    pub providers_file: Option<PathBuf>,
    /// Issuers that may be http or on a private address.
    pub internal_issuers: BTreeSet<String>,
    /// Whether a refresh is confirmed with the provider.
    pub upstream_refresh: UpstreamRefresh,
}

impl Identity {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            users_file: source.optional(&USERS_FILE, parse::path),
            providers_file: source.optional(&PROVIDERS_FILE, parse::path),
            internal_issuers: source.optional(&INTERNAL_ISSUERS, parse::issuers).unwrap_or_default(),
            upstream_refresh: source.or(&STRICT_UPSTREAM_REFRESH, parse::upstream_refresh),
        }
    }
}
