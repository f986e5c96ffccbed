//! Where users log in, and who may log in.

use protocol::secret::Secret;
use protocol::settings::{AccessRules, Provider, Refusal, WellKnown};
use protocol::uri::Base;

use super::ask::{Asker, Question};
use super::dotenv;
use super::flags::Flags;
use crate::cli::secret;
use crate::cli::terminal::CliError;
use crate::config;

/// Where users log in.
#[derive(Debug)]
pub(super) enum Users {
    /// Users of the sidecar's own file.
    Local,
    /// Users of an OpenID Connect provider.
    OpenId(OpenId),
}

/// The provider, and who may log in.
#[derive(Debug)]
pub(super) struct OpenId {
    /// The issuer, exactly as the provider writes it.
    pub issuer: String,
    /// Whether the provider may use http and private addresses.
    pub internal: bool,
    /// The id of the client registered at the provider.
    pub client_id: String,
    /// The secret of that client; `None` for a public client.
    pub client_secret: Option<Secret<String>>,
    /// The environment variables of the access rules that are given, with their values as written.
    pub rules: Vec<(&'static str, String)>,
}

impl OpenId {
    /// The environment variables of the sidecar for these answers, without the client secret.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let provider =
            [("BOUNCER_PROVIDER_ISSUER", &self.issuer), ("BOUNCER_PROVIDER_CLIENT_ID", &self.client_id)];
        let internal = self.internal.then_some(("BOUNCER_INTERNAL_ISSUERS", self.issuer.as_str()));
        let rules = self.rules.iter().map(|(name, text)| (*name, text.as_str()));
        provider.into_iter().map(|(name, text)| (name, text.as_str())).chain(internal).chain(rules)
    }
}

/// Gets the answers about users. `base` is the base URL of the MCP server.
pub(super) fn get(flags: &Flags, asker: &mut Asker<'_>, base: &Base) -> Result<Users, CliError> {
    let question = Question {
        flag: "--provider",
        text: "Where users log in: local, or the issuer URL of an OpenID Connect provider",
        default: Some("local"),
    };
    let earlier = asker.earlier().and_then(|earlier| earlier.internal_provider().map(str::to_owned));
    let internal = |issuer: &str| flags.internal_provider || earlier.as_deref() == Some(issuer);
    let issuer = asker.answer(question, flags.provider.as_deref(), |text| issuer(text, internal(text)))?;
    let internal = internal(&issuer);
    if let Some(earlier) = asker.earlier() {
        earlier.keep_provider(&issuer);
    }
    if issuer == "local" {
        return local(flags).map(|()| Users::Local);
    }
    asker.show(&format!(
        "Register a client at the provider, with the callback URL {}\n",
        base.join("/oauth/callback")
    ))?;
    let question = Question { flag: "--client-id", text: "Client ID", default: None };
    let client_id = asker.answer(question, flags.client_id.as_deref(), value)?;
    let client_secret = client_secret(flags, asker)?;
    let mut found = OpenId { issuer, internal, client_id, client_secret, rules: Vec::new() };
    loop {
        found.rules = rules(flags, asker, &found)?;
        match check(&found) {
            Ok(()) => return Ok(Users::OpenId(found)),
            Err(problem) if asker.asks() && !has_rules(flags) => asker.show(&format!("{problem}.\n"))?,
            Err(problem) => return Err(CliError::new(problem)),
        }
    }
}

/// Fails if an argument about an OpenID Connect provider is given. With local users, everybody in the users file may
/// log in, so such an argument is a misunderstanding.
fn local(flags: &Flags) -> Result<(), CliError> {
    let given = [
        ("--client-id", flags.client_id.is_some()),
        ("--client-secret-file", flags.client_secret_file.is_some()),
        ("--public-client", flags.public_client),
        ("--internal-provider", flags.internal_provider),
    ];
    let rules = RULES.map(|rule| (rule.flag, (rule.given)(flags).is_some()));
    match given.into_iter().chain(rules).find(|(_, given)| *given) {
        Some((flag, _)) => Err(CliError::new(format_args!(
            "{flag} is for an OpenID Connect provider; with --provider local, those who are in the users file may log in"
        ))),
        None => Ok(()),
    }
}

fn issuer(text: &str, internal: bool) -> Result<String, String> {
    let issuer = config::read_issuer(text)?;
    if issuer.starts_with("http://") && !internal {
        return Err(format!(
            "{issuer} uses http: take its https address, or give --internal-provider if it is in a private network"
        ));
    }
    value(&issuer)
}

/// Returns the text, if it can be written to `.env`.
fn value(text: &str) -> Result<String, String> {
    dotenv::value(text).map(|_| text.to_owned())
}

fn client_secret(flags: &Flags, asker: &mut Asker<'_>) -> Result<Option<Secret<String>>, CliError> {
    if flags.public_client {
        return Ok(None);
    }
    let fits = |text: &str| dotenv::value(text.trim()).map(|_| ());
    let Some(file) = &flags.client_secret_file else {
        return asker.secret("--client-secret-file", fits);
    };
    let secret = secret::read(file)?;
    fits(secret.expose()).map_err(|problem| CliError::new(format_args!("the client secret {problem}")))?;
    Ok(Some(secret))
}

/// One of the access rules.
struct Rule {
    variable: &'static str,
    flag: &'static str,
    text: &'static str,
    given: fn(&Flags) -> Option<&str>,
}

const RULES: [Rule; 4] = [
    Rule {
        variable: "BOUNCER_ALLOWED_TENANTS",
        flag: "--allowed-tenants",
        text: "Ids of the Entra ID directories whose users may log in, comma-separated",
        given: |flags| flags.allowed_tenants.as_deref(),
    },
    Rule {
        variable: "BOUNCER_ALLOWED_USERS",
        flag: "--allowed-users",
        text: "Subjects or verified email addresses that may log in, comma-separated (* admits everybody)",
        given: |flags| flags.allowed_users.as_deref(),
    },
    Rule {
        variable: "BOUNCER_ALLOWED_EMAIL_DOMAINS",
        flag: "--allowed-email-domains",
        text: "Domains of verified email addresses that may log in, comma-separated",
        given: |flags| flags.allowed_email_domains.as_deref(),
    },
    Rule {
        variable: "BOUNCER_ALLOWED_GROUPS",
        flag: "--allowed-groups",
        text: "Groups whose members may log in, comma-separated",
        given: |flags| flags.allowed_groups.as_deref(),
    },
];

fn has_rules(flags: &Flags) -> bool {
    RULES.iter().any(|rule| (rule.given)(flags).is_some())
}

/// Gets the access rules. If an argument gives a rule, does not ask for the others.
fn rules(
    flags: &Flags,
    asker: &mut Asker<'_>,
    found: &OpenId,
) -> Result<Vec<(&'static str, String)>, CliError> {
    let ask = asker.asks() && !has_rules(flags);
    let mut rules = Vec::new();
    for rule in RULES {
        let given = (rule.given)(flags);
        let shown = ask && (rule.flag != "--allowed-tenants" || is_entra(&found.issuer));
        if given.is_none() && !shown {
            continue;
        }
        let question = Question { flag: rule.flag, text: rule.text, default: Some("") };
        let text = asker.answer(question, given, |text| list(rule.variable, text))?;
        rules.extend(text.map(|text| (rule.variable, text)));
    }
    Ok(rules)
}

fn is_entra(issuer: &str) -> bool {
    WellKnown::at(issuer) == Some(WellKnown::Entra)
}

/// Parses a comma-separated list as the settings do; `None` if the text is empty.
fn list(variable: &str, text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match config::provider([(variable, text)]) {
        Ok(_) => value(text).map(Some),
        Err(error) => {
            let problem = error.to_string();
            Err(problem.strip_prefix(variable).unwrap_or(&problem).trim().to_owned())
        }
    }
}

/// Fails if the settings do not accept these variables, or if the access rules are not those that this provider
/// requires.
fn check(found: &OpenId) -> Result<(), String> {
    let settings = config::provider(found.variables()).map_err(|error| error.to_string())?;
    let provider = settings.provider.unwrap_or(Provider::Local);
    settings.access.suffice(&provider).map_err(|refusal| sentence(refusal, &found.issuer, &settings.access))
}

fn sentence(refusal: Refusal, issuer: &str, rules: &AccessRules) -> String {
    match refusal {
        Refusal::DirectoriesMandatory => {
            format!(
                "Users of any Entra ID directory can log in at {issuer}: name the directories (--allowed-tenants)"
            )
        }
        Refusal::DirectoriesWrong if is_entra(issuer) => {
            "--allowed-tenants must be ids of Entra ID directories (GUIDs)".to_owned()
        }
        Refusal::DirectoriesWrong => "--allowed-tenants is for Entra ID only".to_owned(),
        _ if rules.directories.is_empty() => format!(
            "Anybody can have an account at {issuer}: say who may log in (--allowed-users, --allowed-email-domains or \
             --allowed-groups)"
        ),
        _ => format!(
            "Anybody can have an account in these directories of {issuer}: say who may log in (--allowed-users, \
             --allowed-email-domains or --allowed-groups)"
        ),
    }
}
