//! Settings for OAuth clients.

use std::collections::BTreeSet;
use std::path::PathBuf;

use protocol::secret::Secret;
use protocol::text::TextSet;

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};

pub(super) const CLIENTS_FILE: Variable = Variable {
    name: "BOUNCER_CLIENTS_FILE",
    default: Default::Absent("–"),
    meaning: "clients registered by hand, clients that get tokens for themselves, and resource servers that may introspect tokens; read again when it changes",
};
const CLIENT_DOCUMENTS: Variable = Variable {
    name: "BOUNCER_CLIENT_DOCUMENTS",
    default: Default::Absent("`true`"),
    meaning: "whether a `client_id` may be the https URL of a client ID metadata document; off if `BOUNCER_DCR_INITIAL_TOKEN` is set, unless hosts are listed",
};
const CLIENT_DOCUMENT_HOSTS: Variable = Variable {
    name: "BOUNCER_CLIENT_DOCUMENT_HOSTS",
    default: Default::Absent("any"),
    meaning: "hosts whose documents are accepted",
};
const INTERNAL_CLIENT_DOCUMENTS: Variable = Variable {
    name: "BOUNCER_INTERNAL_CLIENT_DOCUMENTS",
    default: Default::Absent("–"),
    meaning: "origins whose documents may use http or a private address",
};
const REDIRECT_SCHEMES: Variable = Variable {
    name: "BOUNCER_REDIRECT_SCHEMES",
    default: Default::Absent("–"),
    meaning: "private-use schemes of redirect URIs accepted in addition to those of known clients: `claude`, `com.raycast`, `cursor`, `vscode`, `vscode-insiders`, `warp`. A refused registration names the scheme and this variable",
};
const DCR_INITIAL_TOKEN: Variable = Variable {
    name: "BOUNCER_DCR_INITIAL_TOKEN",
    default: Default::Absent("open"),
    meaning: "a bearer token that registration requires",
};
const CLIENT_TTL_DAYS: Variable = Variable {
    name: "BOUNCER_CLIENT_TTL_DAYS",
    default: Default::Number("90", "days"),
    meaning: "idle clients without a grant are deleted after this time; clients that no user has approved are deleted after a day in any case",
};
const REGISTER_RATE_LIMIT: Variable = Variable {
    name: "BOUNCER_REGISTER_RATE_LIMIT",
    default: Default::Number("600", ""),
    meaning: "registrations from one address: this number at once, and as many again in each window. The limits of its network, of the tenant and of all tenants are multiples of it: [who pays](threat-model.md#who-pays-for-what)",
};
const REGISTER_RATE_WINDOW: Variable = Variable {
    name: "BOUNCER_REGISTER_RATE_WINDOW",
    default: Default::Number("1", "hours"),
    meaning: "length of that window",
};
pub(super) const VARIABLES: &[Variable] = &[
    CLIENTS_FILE,
    CLIENT_DOCUMENTS,
    CLIENT_DOCUMENT_HOSTS,
    INTERNAL_CLIENT_DOCUMENTS,
    REDIRECT_SCHEMES,
    DCR_INITIAL_TOKEN,
    CLIENT_TTL_DAYS,
    REGISTER_RATE_LIMIT,
    REGISTER_RATE_WINDOW,
];

/// The settings of this section.
#[derive(Debug, Clone)]
pub struct Clients {
    /// Clients the operator registers by hand.
    pub file: Option<PathBuf>,
    /// Whether a `client_id` may be the URL of a metadata document. `None` means yes, unless registration is closed and
    /// no hosts are listed.
    pub documents: Option<bool>,
    /// If set, only documents of these hosts are accepted.
    pub document_hosts: Option<BTreeSet<String>>,
    /// Origins whose documents may use http or a private address.
    pub internal_documents: BTreeSet<String>,
    /// Private-use URI schemes accepted in addition to the known ones.
    pub redirect_schemes: TextSet,
    /// If set, the bearer token that registration requires.
    pub initial_token: Option<Secret<String>>,
    /// How long idle clients without a grant are kept, in seconds.
    pub ttl_secs: u64,
    /// Registrations per window and client address (`BOUNCER_REGISTER_RATE_LIMIT`).
    pub register_rate_limit: u32,
    /// The length of that window, in seconds.
    pub register_rate_window_secs: u64,
}

impl Clients {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            file: source.optional(&CLIENTS_FILE, parse::path),
            documents: source.optional(&CLIENT_DOCUMENTS, parse::boolean),
            document_hosts: source.optional(&CLIENT_DOCUMENT_HOSTS, parse::hosts),
            internal_documents: source
                .optional(&INTERNAL_CLIENT_DOCUMENTS, parse::origins)
                .unwrap_or_default(),
            redirect_schemes: source.optional(&REDIRECT_SCHEMES, parse::schemes).unwrap_or_default(),
            initial_token: source.optional(&DCR_INITIAL_TOKEN, parse::secret_text),
            ttl_secs: source.or(&CLIENT_TTL_DAYS, parse::days),
            register_rate_limit: source.or(&REGISTER_RATE_LIMIT, parse::count),
            register_rate_window_secs: source.or(&REGISTER_RATE_WINDOW, parse::hours),
        }
    }

    /// Whether clients may be described by a metadata document. If registration is closed, they may not, unless hosts
    /// are listed.
    pub fn takes_documents(&self) -> bool {
        let open = self.initial_token.is_none() || self.document_hosts.is_some();
        self.documents.unwrap_or(true) && open
    }

    /// Appends a problem if settings contradict each other or the rate limit is 0.
    pub(super) fn check(&self, problems: &mut Vec<String>) {
        if self.documents == Some(true) && !self.takes_documents() {
            problems.push(
                "BOUNCER_CLIENT_DOCUMENTS=true and BOUNCER_DCR_INITIAL_TOKEN contradict each other: also list the allowed hosts in BOUNCER_CLIENT_DOCUMENT_HOSTS"
                    .into(),
            );
        }
        if self.register_rate_limit == 0 {
            problems.push("BOUNCER_REGISTER_RATE_LIMIT must be at least 1".into());
        }
    }
}
