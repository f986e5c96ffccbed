//! The command line. A command that fails prints a sentence on stderr and exits with 1, unless it documents other exit
//! codes. clap reports errors in the arguments itself.

mod actor;
mod admin;
mod anchors;
mod backup;
mod check_provider;
mod doctor;
mod health;
pub mod import;
mod init;
mod progress;
mod rekey;
mod secret;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use store::Store;
use store::entropy::SystemEntropy;

use progress::{Progress, Unit};
use terminal::{CliError, environment, environment_of, print, reported};

use crate::config::{Config, FirstStart, KeyOrigin};
use crate::{labels, serve, telemetry};

const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed; 2 wrong arguments; 3 no sidecar responds at BOUNCER_METRICS_ADDR; 4 the sidecar \
    refuses the request, because it has another encryption key; 5 what was named does not exist";

/// OAuth 2.1 for any MCP server behind Traefik.
#[derive(Debug, Parser)]
#[command(name = "mcpbouncer", version, about, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask for domain, TLS and users, and write the files with which `docker compose up` starts
    // Boxed, because it is by far the largest variant.
    Init(Box<init::Flags>),
    /// Run the authorization server; settings come from BOUNCER_* environment variables
    Serve {
        /// The maximum number of writes that share a transaction of the database file, for measurements
        #[arg(long, hide = true)]
        batch: Option<usize>,
    },
    /// Create an encryption key and print the settings that the sidecar and Traefik need
    Keygen,
    /// Print the settings that Traefik needs, derived from the sidecar's environment; or manage the signing keys
    #[command(args_conflicts_with_subcommands = true)]
    Keys {
        #[command(subcommand)]
        command: Option<admin::KeysCommand>,
        /// Also print the settings for a new anchor seed, to rotate the seed; the new seed is generated, or read from
        /// --seed-file
        // clap accepts a value here only so that the command can refuse it without printing it.
        #[arg(long, value_name = "", num_args = 0..=1, default_missing_value = "", hide_default_value = true)]
        next: Option<String>,
        /// File that holds the new seed, or - for stdin
        #[arg(long, value_name = "FILE", requires = "next")]
        seed_file: Option<PathBuf>,
        /// Print only the current anchor seed; it is a secret, needed to keep the seed when the encryption key changes
        #[arg(long, conflicts_with = "next")]
        seed: bool,
    },
    /// Re-encrypt all stored secrets with the current encryption key; stop the authorization server first
    Rekey {
        /// Make a new encryption key first, and store it in the key file that the first start made
        #[arg(long)]
        new_key: bool,
    },
    /// Write an encrypted backup of the store to a file; the authorization server may be running
    Backup {
        /// The file to create
        file: PathBuf,
    },
    /// Restore a backup into an empty store; stop the authorization server first
    Restore {
        /// The backup file
        file: PathBuf,
    },
    /// Compact the database file; stop the authorization server first
    Compact,
    /// Print the Docker labels for an MCP server or for the sidecar itself
    Labels(Labels),
    /// Show the state of the running sidecar
    Status(admin::Common),
    /// List the tenants that have clients
    Tenants(admin::TenantsFlags),
    /// List, show, add and remove clients
    #[command(subcommand)]
    Clients(admin::ClientsCommand),
    /// List, show and end (revoke) the grants of users to clients
    #[command(subcommand)]
    Grants(admin::GrantsCommand),
    /// Make, list and end (revoke) personal access tokens
    #[command(subcommand)]
    Tokens(admin::TokensCommand),
    /// Print security events: who got access, who was refused and why, what was changed and by whom
    // Boxed, because it is larger than most variants.
    Audit(Box<admin::AuditFlags>),
    /// Manage local users
    #[command(subcommand, visible_alias = "user")]
    Users(admin::UsersCommand),
    /// Print the completions of a shell
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Exit with 0 if the authorization server of this machine is ready, for a container's HEALTHCHECK
    Health,
    /// Check the BOUNCER_* environment variables and report every problem
    CheckConfig,
    /// Look for faults: from outside at these URLs, and from inside with the sidecar's BOUNCER_* variables
    Doctor(Box<doctor::Arguments>),
    /// Check an identity provider: its documents, the client registered there, and with --login a whole login
    ///
    /// Exit codes: 0 nothing is wrong; 1 a check failed; 2 the command line or a setting cannot be used; 3 the provider
    /// cannot be reached; 4 the login succeeded, but an access rule refuses the user.
    // Boxed, because it is the second largest variant.
    CheckProvider(Box<check_provider::Flags>),
}

#[derive(Debug, clap::Args)]
struct Labels {
    /// Print the long form, for a Traefik that does not have the sidecar as a provider
    #[arg(long)]
    explicit: bool,
    /// Print the labels for the sidecar's own container instead, in the long form
    #[arg(long, conflicts_with_all = ["host", "path", "resource"])]
    sidecar: bool,
    /// Public host name of the MCP server
    #[arg(long, required_unless_present = "sidecar")]
    host: Option<String>,
    /// Path of the MCP server, such as /wiki; empty if it has the whole host
    #[arg(long, default_value = "")]
    path: String,
    /// Name of the tenant, such as wiki; only with --explicit
    #[arg(long, required_if_eq("explicit", "true"), requires = "explicit")]
    resource: Option<String>,
    /// "local", or the issuer of an OpenID provider; only with --explicit
    #[arg(long, default_value = "local", requires = "explicit")]
    provider_issuer: String,
    /// Client ID registered at that provider; only with --explicit
    #[arg(long, requires = "explicit")]
    client_id: Option<String>,
    /// Name of the Traefik routers; default: the value of --resource, or the first part of the host
    #[arg(long)]
    name: Option<String>,
}

/// Parses the command line and runs the command.
pub fn main() -> ExitCode {
    let done = match Arguments::try_parse() {
        Ok(arguments) => run(arguments.command),
        Err(error) if secret::would_repeat(&error) => Err(CliError::new(secret::NOT_ON_THE_COMMAND_LINE)),
        // clap prints `--help` and its own errors, and chooses the exit code.
        Err(error) => error.exit(),
    };
    match done {
        Ok(code) => code,
        Err(error) => reported(Err(error), "mcpbouncer"),
    }
}

fn run(command: Command) -> Result<ExitCode, CliError> {
    let done = match command {
        Command::Doctor(arguments) => return doctor::doctor(&arguments),
        Command::Serve { batch } => {
            let mut config = environment_of(FirstStart::Make(&SystemEntropy))?;
            config.storage.db_batch = batch;
            telemetry::init(config.server.log_level, config.server.log_format);
            if let KeyOrigin::Made(path) = &config.keys.origin {
                tracing::warn!(
                    path = %path.display(),
                    "made an encryption key, because none was given: whoever reads its folder can read everything in the \
                     store, so for production give the key as a secret kept elsewhere (BOUNCER_ENCRYPTION_KEY_FILE)"
                );
            }
            let runtime = tokio::runtime::Runtime::new().map_err(CliError::new)?;
            let served = runtime.block_on(serve::run(config)).map_err(CliError::new);
            // If a signal ended the start, a thread may still be waiting for a database server.
            runtime.shutdown_timeout(serve::LAST_WAIT);
            served
        }
        Command::Init(flags) => {
            let mut terminal = init::Terminal::open();
            let person = terminal.as_mut().map(|terminal| -> &mut dyn init::Person { terminal });
            print(&init::init(&flags, person)?)
        }
        Command::Keygen => print(&anchors::keygen(&SystemEntropy)?),
        Command::Keys { command: Some(command), .. } => command.run(),
        Command::Keys { seed: true, .. } => print(&anchors::seed(&environment()?)),
        Command::Keys { next, seed_file, seed: false, command: None } => {
            let next = secret::next_seed(next.as_deref(), seed_file.as_deref())?;
            print(&anchors::keys(&environment()?, &next, &SystemEntropy)?)
        }
        Command::Rekey { new_key } => print(&rekey::rekey(&environment()?, new_key)?),
        Command::Backup { file } => print(&backup::back_up(&environment()?, &file, &SystemEntropy)?),
        Command::Restore { file } => print(&backup::restore(&environment()?, &file)?),
        Command::Compact => print(&compact(&environment()?)?),
        Command::Labels(wanted) => print_labels(wanted),
        Command::Status(common) => admin::status(&common),
        Command::Tenants(tenants) => tenants.run(),
        Command::Clients(command) => command.run(&SystemEntropy),
        Command::Grants(command) => command.run(),
        Command::Tokens(command) => command.run(),
        Command::Audit(audit) => audit.run(),
        Command::Users(command) => command.run(&SystemEntropy),
        Command::Completion { shell } => completion(shell),
        Command::Health => health::health(),
        Command::CheckConfig => check_config(),
        Command::CheckProvider(flags) => return Ok(check_provider::run(&flags)),
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn completion(shell: clap_complete::Shell) -> Result<(), CliError> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "mcpbouncer", &mut text);
    print(&String::from_utf8_lossy(&text))
}

fn compact(config: &Config) -> Result<String, CliError> {
    if config.storage.database_url.is_some() {
        return Err(CliError::new("PostgreSQL compacts its tables itself (autovacuum)"));
    }
    let _progress = Progress::of("compacting the file", Unit::Records, None);
    let (before, after) = Store::compact_file(&config.storage.db_path).map_err(CliError::new)?;
    Ok(format!("{}: {before} bytes before, {after} bytes now\n", config.storage.db_path.display()))
}

fn check_config() -> Result<(), CliError> {
    let config = environment_of(FirstStart::Expect)?;
    let mut problems = crate::check_config::problems(&config);
    if problems.is_empty() {
        return match &config.keys.origin {
            KeyOrigin::ToBeMade(path) => print(&format!(
                "the settings are valid; the first start makes an encryption key in {}\n",
                path.display()
            )),
            _ => print("the settings are valid\n"),
        };
    }
    problems.dedup();
    Err(CliError::new(problems.join("\nmcpbouncer: ")))
}

fn print_labels(wanted: Labels) -> Result<(), CliError> {
    if wanted.sidecar {
        return print(labels::sidecar());
    }
    if !wanted.explicit {
        let host = wanted.host.unwrap_or_default();
        let text = labels::one(&host, &wanted.path, wanted.name.as_deref());
        return print(&text.map_err(CliError::new)?);
    }
    let text = labels::tenant(&labels::Tenant {
        host: wanted.host.unwrap_or_default(),
        path: wanted.path,
        resource: wanted.resource.unwrap_or_default(),
        provider_issuer: wanted.provider_issuer,
        client_id: wanted.client_id,
        name: wanted.name,
    });
    print(&text.map_err(CliError::new)?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_make_sense() {
        Arguments::command().debug_assert();
        for line in [
            "mcpbouncer init",
            "mcpbouncer init --directory d --domain h --tls acme --acme-email a@b --provider https://idp --client-id c",
            "mcpbouncer serve",
            "mcpbouncer keygen",
            "mcpbouncer keys",
            "mcpbouncer keys --seed",
            "mcpbouncer keys --next",
            "mcpbouncer keys --next --seed-file /run/secrets/seed",
            "mcpbouncer keys --next --seed-file -",
            "mcpbouncer labels --sidecar",
            "mcpbouncer labels --explicit --host h --path /wiki --resource wiki --provider-issuer https://idp --client-id c --name n",
            "mcpbouncer labels --explicit --host h --path  --resource wiki",
            "mcpbouncer labels --host h",
            "mcpbouncer labels --host h --path /wiki --name wiki",
            "mcpbouncer user add alice --email a@b --group x --group y --tenant https://h --password-stdin",
            "mcpbouncer user add alice",
            "mcpbouncer users add alice --as ops --json",
            "mcpbouncer users list",
            "mcpbouncer users disable alice",
            "mcpbouncer users enable alice --json",
            "mcpbouncer users password alice --password-stdin",
            "mcpbouncer users reset-second-factor alice --as ops",
            "mcpbouncer users remove alice --yes",
            "mcpbouncer keys list --json",
            "mcpbouncer keys rotate --yes --as ops",
            "mcpbouncer status --json",
            "mcpbouncer tenants --tenant https://h --limit 5 --after x",
            "mcpbouncer clients list --tenant https://h --name x --source document --limit 5",
            "mcpbouncer clients show c --tenant https://h",
            "mcpbouncer clients remove c --yes",
            "mcpbouncer grants list --user a --client c --tenant https://h --email a@b",
            "mcpbouncer grants list --ended",
            "mcpbouncer grants show g",
            "mcpbouncer grants end g --yes",
            "mcpbouncer grants end --user a --dry-run",
            "mcpbouncer grants end --all --yes",
            "mcpbouncer tokens create --user a --base https://h/wiki --name ci --scope read --scope write --days 90",
            "mcpbouncer tokens create --user a --base https://h --name ci --json",
            "mcpbouncer tokens list --user a --base https://h",
            "mcpbouncer tokens end t u --yes",
            "mcpbouncer tokens end --user a --yes",
            "mcpbouncer completion zsh",
            "mcpbouncer rekey",
            "mcpbouncer rekey --new-key",
            "mcpbouncer compact",
            "mcpbouncer backup /backups/monday",
            "mcpbouncer restore /backups/monday",
            "mcpbouncer health",
            "mcpbouncer check-config",
            "mcpbouncer doctor",
            "mcpbouncer doctor https://h/mcp --json --token-file - --connect 10.0.0.5:443 --connect 80=10.0.0.5:80",
            "mcpbouncer check-provider",
            "mcpbouncer check-provider --name corp --login --callback-port 8400 --json",
            "mcpbouncer check-provider https://idp --client-id c --client-secret-file - --scopes openid,groups --allowed-groups a,b",
        ] {
            assert!(Arguments::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
        for line in [
            "mcpbouncer",
            "mcpbouncer labels",
            "mcpbouncer labels --sidecar --host h",
            "mcpbouncer user add",
            "mcpbouncer keys --seed-file x",
            "mcpbouncer doctor --connect h",
            "mcpbouncer check-provider https://idp --name corp",
            "mcpbouncer check-provider --client-id c",
            "mcpbouncer check-provider https://idp --client-secret-file f",
            "mcpbouncer check-provider --callback-port 8400",
            "mcpbouncer keys --seed list",
            "mcpbouncer grants list --user a --ended",
            "mcpbouncer grants end g --user a",
            "mcpbouncer grants end --all --user a",
            "mcpbouncer clients list --source unknown",
            "mcpbouncer tokens create --user a --name ci",
            "mcpbouncer tokens create --user a --base https://h --name ci --days x",
            "mcpbouncer tokens end t --user a",
            "mcpbouncer completion fishy",
        ] {
            assert!(Arguments::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
