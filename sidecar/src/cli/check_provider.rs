//! `check-provider`: checks whether an identity provider and the settings for it fit together.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use protocol::scope::ScopeSet;
use protocol::settings::{AccessRules, Provider, ProviderOptions};
use store::entropy::SystemEntropy;

use super::secret;
use super::terminal::{CliError, pairs, print};
use crate::check_provider::{Checked, Report, Waiting, add_login, check, exit, log_in};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, ProviderSettings};
use crate::providers::Providers;
use crate::upstream::http::{HttpClient, authorities};
use crate::upstream::oidc::Oidc;

/// The redirect URI with which the client is tried when there is no test login.
const ANY_CALLBACK: &str = "http://localhost/oauth/callback";

/// The options of the command. Without ISSUER and --name, the command checks the provider of `BOUNCER_PROVIDER_*`.
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "clap prints these texts as they are")]
pub(super) struct Flags {
    /// Issuer of the provider; default: the provider of BOUNCER_PROVIDER_*
    #[arg(conflicts_with = "name")]
    issuer: Option<String>,
    /// Client ID at that issuer; without it, the client is not checked
    #[arg(long, requires = "issuer")]
    client_id: Option<String>,
    /// File with that client's secret, or - for stdin; leave it out for a public client
    #[arg(long, value_name = "FILE", requires = "client_id")]
    client_secret_file: Option<PathBuf>,
    /// Kind of that provider, as in the option providerType
    #[arg(long, requires = "issuer", default_value = "", hide_default_value = true)]
    provider_type: String,
    /// Claim with the groups, as in the option groupsClaim
    #[arg(long, requires = "issuer", default_value = "", hide_default_value = true)]
    groups_claim: String,
    /// Address at which the sidecar reaches that provider, as in the option providerInternalURL
    #[arg(long, requires = "issuer", value_name = "URL", default_value = "", hide_default_value = true)]
    internal_url: String,
    /// Name of a provider in BOUNCER_PROVIDERS_FILE
    #[arg(long)]
    name: Option<String>,
    /// Scopes to request, as in the option scopes
    #[arg(long, value_delimiter = ',', default_value = "openid")]
    scopes: Vec<String>,
    /// Access rule to check, as in the option allowedUsers; default: BOUNCER_ALLOWED_USERS
    #[arg(long, value_delimiter = ',')]
    allowed_users: Vec<String>,
    /// Access rule to check, as in the option allowedEmailDomains; default: BOUNCER_ALLOWED_EMAIL_DOMAINS
    #[arg(long, value_delimiter = ',')]
    allowed_email_domains: Vec<String>,
    /// Access rule to check, as in the option allowedGroups; default: BOUNCER_ALLOWED_GROUPS
    #[arg(long, value_delimiter = ',')]
    allowed_groups: Vec<String>,
    /// Access rule to check, as in the option allowedTenants; default: BOUNCER_ALLOWED_TENANTS
    #[arg(long, value_delimiter = ',')]
    allowed_tenants: Vec<String>,
    /// Log in: print a URL to open in a browser, then the received claims and the result of each access rule
    #[arg(long)]
    login: bool,
    /// Port of the redirect URI http://localhost:PORT/oauth/callback, which must be registered at the provider;
    /// default: a free port
    #[arg(long, value_name = "PORT", requires = "login", default_value_t = 0, hide_default_value = true)]
    callback_port: u16,
    /// Maximum time to wait for the login
    #[arg(long, value_name = "SECONDS", requires = "login", default_value_t = 300)]
    wait: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command. Its exit codes are those of [`exit`].
pub(super) fn run(flags: &Flags) -> ExitCode {
    let done = prepared(flags).and_then(|(oidc, checked, clock)| {
        let runtime = tokio::runtime::Runtime::new().map_err(CliError::new)?;
        let report = runtime.block_on(report(flags, &oidc, &checked, &*clock));
        print(&if flags.json { report.json() } else { report.text() })?;
        Ok(report.exit_code())
    });
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            say(&format!("mcpbouncer: {error}"));
            ExitCode::from(exit::USAGE)
        }
    }
}

async fn report(flags: &Flags, oidc: &Oidc, checked: &Checked, clock: &dyn Clock) -> Report {
    if !flags.login {
        return check(oidc, clock, checked, ANY_CALLBACK).await;
    }
    match Waiting::at(flags.callback_port).await {
        Ok(waiting) => {
            let mut report = check(oidc, clock, checked, waiting.redirect_uri()).await;
            if report.exit_code() == exit::FINE {
                let callback = waiting.redirect_uri().to_owned();
                let show = |url: &str| {
                    say(&format!(
                        "the provider must know the redirect URI {callback}\nopen this URL in a browser on this machine:\n{url}"
                    ));
                };
                let limit = Duration::from_secs(flags.wait);
                let result = log_in(oidc, (clock, &SystemEntropy), checked, waiting, limit, show).await;
                add_login(&mut report, checked, result);
            }
            report
        }
        Err(error) => {
            let mut report = check(oidc, clock, checked, ANY_CALLBACK).await;
            add_login(&mut report, checked, Err(error));
            report
        }
    }
}

/// Writes a line to stderr: only the result goes to stdout.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn prepared(flags: &Flags) -> Result<(Oidc, Checked, Arc<dyn Clock>), CliError> {
    let settings =
        config::providers(pairs()).map_err(|error| CliError::new(error.0.join("\nmcpbouncer: ")))?;
    let provider = provider(flags, &settings)?;
    let mut access = AccessRules::from_lists(
        flags.allowed_users.clone(),
        flags.allowed_email_domains.clone(),
        flags.allowed_groups.clone(),
        flags.allowed_tenants.clone(),
    )
    .map_err(|error| CliError::new(format_args!("--allowed-email-domains is {error}")))?;
    access.or_defaults(&settings.defaults.access, &provider);
    let scopes = ScopeSet::parse(&flags.scopes.join(" "))
        .map_err(|_| CliError::new("--scopes is not a list of scopes"))?;
    let checked = Checked::new(provider, access, scopes).map_err(CliError::new)?;
    let checked =
        checked.ok_or_else(|| CliError::new("the provider is local: its users are in BOUNCER_USERS_FILE"))?;
    if flags.login && checked.registration.client_id.is_empty() {
        return Err(CliError::new("--login needs --client-id"));
    }
    let authorities = authorities(settings.outbound.ca_file.as_deref())
        .map_err(|error| CliError::new(format_args!("BOUNCER_CA_FILE: {error}")))?;
    let http =
        HttpClient::new(&settings.identity.internal_issuers, &authorities, settings.outbound.proxy.as_ref())
            .map_err(CliError::new)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok((Oidc::new(http, Arc::clone(&clock)), checked, clock))
}

fn provider(flags: &Flags, settings: &ProviderSettings) -> Result<Provider, CliError> {
    if let Some(issuer) = &flags.issuer {
        let issuer =
            config::read_issuer(issuer).map_err(|problem| CliError::new(format_args!("ISSUER {problem}")))?;
        let client_secret = flags.client_secret_file.as_deref().map(secret::read).transpose()?;
        let options = ProviderOptions {
            kind: flags.provider_type.clone(),
            groups_claim: flags.groups_claim.clone(),
            internal_url: flags.internal_url.clone(),
            ..ProviderOptions::default()
        };
        let client_id = flags.client_id.clone().unwrap_or_default();
        return Ok(if issuer == "local" {
            Provider::Local
        } else {
            Provider::Oidc { issuer, client_id, client_secret, options }
        });
    }
    let default = settings.defaults.provider.clone();
    let Some(name) = &flags.name else {
        return default
            .ok_or_else(|| CliError::new("name an ISSUER or a --name, or set BOUNCER_PROVIDER_ISSUER"));
    };
    let providers =
        Providers::open(settings.identity.providers_file.as_deref(), default).map_err(CliError::new)?;
    let found = providers.all().find(|(known, _)| *known == Some(name.as_str()));
    found
        .map(|(_, provider)| provider.clone())
        .ok_or_else(|| CliError::new(format_args!("provider {name:?} is not in BOUNCER_PROVIDERS_FILE")))
}
