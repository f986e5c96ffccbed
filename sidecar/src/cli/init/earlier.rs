//! The answers of an earlier run, read from the files that it left in the folder. A person who is asked again gets
//! them as defaults.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use protocol::secret::Secret;
use zeroize::Zeroizing;

use super::dotenv;

/// The maximum number of bytes that are read of a file; the files that `init` writes are much smaller.
const LONGEST: u64 = 64 * 1024;

const SECRET: &str = "BOUNCER_PROVIDER_CLIENT_SECRET";

/// The questions whose answer is one variable in `.env`.
const VARIABLES: [(&str, &str); 9] = [
    ("--acme-email", "ACME_EMAIL"),
    ("--trusted-proxies", "TRUSTED_PROXIES"),
    ("--address", "ADDRESS"),
    ("--port", "PORT"),
    ("--client-id", "BOUNCER_PROVIDER_CLIENT_ID"),
    ("--allowed-tenants", "BOUNCER_ALLOWED_TENANTS"),
    ("--allowed-users", "BOUNCER_ALLOWED_USERS"),
    ("--allowed-email-domains", "BOUNCER_ALLOWED_EMAIL_DOMAINS"),
    ("--allowed-groups", "BOUNCER_ALLOWED_GROUPS"),
];

/// The earlier answers. Answers that are missing or cannot be read count as never given.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// Whether there was an earlier run.
    exists: bool,
    /// The variables in `.env`; one of them is the client secret.
    variables: BTreeMap<String, Secret<String>>,
    host: Option<String>,
}

impl Earlier {
    /// Reads `.env` and `compose.yml` in the folder.
    pub(super) fn read(folder: &Path) -> Self {
        let Some(env) = text(&folder.join(".env")) else { return Self::default() };
        let compose = text(&folder.join("compose.yml"));
        let host = compose.as_deref().and_then(|text| text.split_once("Host(`")?.1.split_once("`)"));
        let variables = env.lines().filter_map(dotenv::pair);
        let variables = variables.map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned())));
        Self { exists: true, variables: variables.collect(), host: host.map(|(host, _)| host.to_owned()) }
    }

    /// Whether there was an earlier run.
    pub(super) const fn exists(&self) -> bool {
        self.exists
    }

    /// The earlier answer to the question of this argument; `None` if there is none.
    pub(super) fn answer(&self, flag: &str) -> Option<&str> {
        match flag {
            "--domain" => self.host.as_deref(),
            "--tls" => self.tls(),
            "--provider" => {
                self.variable("BOUNCER_PROVIDER_ISSUER").or_else(|| self.exists.then_some("local"))
            }
            // `.env` contains an IPv6 address in brackets, as Compose requires.
            "--address" => self.variable("ADDRESS").map(|text| text.trim_matches(['[', ']'])),
            _ => {
                let (_, variable) = VARIABLES.iter().find(|(known, _)| *known == flag)?;
                self.variable(variable)
            }
        }
    }

    fn tls(&self) -> Option<&'static str> {
        let files = self.variable("COMPOSE_FILE")?;
        let add_ons = [("compose.acme.yml", "acme"), ("compose.proxy.yml", "external")];
        add_ons.into_iter().find(|(file, _)| files.contains(file)).map(|(_, tls)| tls)
    }

    /// The issuer of the provider that was given with `--internal-provider`.
    pub(super) fn internal_provider(&self) -> Option<&str> {
        self.variable("BOUNCER_INTERNAL_ISSUERS")
    }

    /// The client secret.
    pub(super) fn client_secret(&self) -> Option<&Secret<String>> {
        self.variables.get(SECRET)
    }

    /// Forgets the earlier answers about the provider if it was another one than this.
    pub(super) fn keep_provider(&mut self, issuer: &str) {
        if self.variable("BOUNCER_PROVIDER_ISSUER") != Some(issuer) {
            self.variables.retain(|name, _| !name.starts_with("BOUNCER_"));
        }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.expose().as_str())
    }
}

fn text(path: &Path) -> Option<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    File::open(path).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text)
}
