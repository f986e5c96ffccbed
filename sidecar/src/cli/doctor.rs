//! `doctor`: its arguments, its exit code, and where its report goes.

use std::io::{self, IsTerminal as _, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use protocol::secret::Secret;
use rustix::termios::tcgetwinsize;
use url::Url;

use super::terminal::{CliError, pairs, print};
use crate::clock::SystemClock;
use crate::doctor::{Connect, Report, Request, Style, Target, run};

/// The width of the report in columns, if the width of the terminal is not known.
const COLUMNS: usize = 100;
/// The longest token that is read, in bytes; the plugin refuses longer ones.
const LONGEST_TOKEN: u64 = 16_384;

/// The default folder of the store, which a sidecar without any setting uses.
const DATA: &str = "/data";
const NOTHING: &str = "there is nothing to look at: give the URL of an MCP server, or run this where the sidecar runs, with \
                       its BOUNCER_* variables";

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing is wrong (there may be advice)
  1  doctor itself could not run
  2  the arguments are wrong
  3  warnings, but no fault
  4  at least one fault

docs/doctor.md lists every check.";

/// The arguments of `doctor`.
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "clap shows these texts as they are")]
#[command(after_help = EXIT_CODES)]
pub(super) struct Arguments {
    /// URLs of MCP servers, as clients use them; each is looked at from outside. If no URL is given or BOUNCER_*
    /// variables are set, doctor also looks from inside
    urls: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print only what is wrong
    #[arg(long, short)]
    quiet: bool,
    /// File with an access token for the URLs, or - for stdin; with it, the MCP server and its streams are checked
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Connect to this address instead of the host's own: ADDRESS:PORT, or PORT=ADDRESS:PORT for another port of the
    /// host than that of the URL
    #[arg(long, value_name = "ADDRESS")]
    connect: Vec<Connect>,
    /// PEM file of certificate authorities that are trusted for the URLs, in addition to the usual ones
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// URL of Traefik's API; default: BOUNCER_TRAEFIK_API, or port 8080 of the host traefik
    #[arg(long, value_name = "URL")]
    traefik_api: Option<Url>,
    /// The plugin.wasm that Traefik loads, if it is not in BOUNCER_SHARE_DIR
    #[arg(long, value_name = "FILE")]
    plugin_file: Option<PathBuf>,
}

/// Runs the command; the exit code tells what was found.
pub(super) fn doctor(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let targets = arguments.urls.iter().map(|url| Target::new(url, &arguments.connect));
    let targets: Vec<Target> = targets.collect::<Result<_, _>>().map_err(CliError::new)?;
    let pairs: Vec<(String, String)> = pairs().collect();
    let has_settings = pairs.iter().any(|(name, _)| name.starts_with("BOUNCER_"));
    if targets.is_empty() && !has_settings && !Path::new(DATA).exists() {
        return Err(CliError::new(NOTHING));
    }
    let is_plain = pairs.iter().any(|(name, value)| name == "NO_COLOR" && !value.is_empty());
    let request = Request {
        looks_inside: targets.is_empty() || has_settings,
        targets,
        pairs,
        token: arguments.token_file.as_deref().map(token).transpose()?,
        ca_file: arguments.ca_file.clone(),
        traefik_api: arguments.traefik_api.clone(),
        plugin_file: arguments.plugin_file.clone(),
    };
    let runtime = tokio::runtime::Runtime::new().map_err(CliError::new)?;
    let report = runtime.block_on(run(&request, &SystemClock)).map_err(CliError::new)?;
    print(&shown(&report, arguments, is_plain))?;
    Ok(ExitCode::from(report.exit_code()))
}

fn shown(report: &Report, arguments: &Arguments, is_plain: bool) -> String {
    if arguments.json {
        return report.to_json();
    }
    let terminal = io::stdout();
    let columns =
        tcgetwinsize(&terminal).ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
    let is_plain = is_plain || !terminal.is_terminal();
    report.to_text(Style { is_plain, is_quiet: arguments.quiet, width: columns.unwrap_or(COLUMNS).min(140) })
}

fn token(path: &Path) -> Result<Secret<String>, CliError> {
    let failed = |error: io::Error| CliError::new(format_args!("--token-file {}: {error}", path.display()));
    let mut text = String::new();
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(path).map_err(failed)?)
    };
    // One byte more tells a token that is too long from one of the maximum length.
    input.take(LONGEST_TOKEN + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > LONGEST_TOKEN {
        let path = path.display();
        return Err(CliError::new(format_args!("--token-file {path} is longer than {LONGEST_TOKEN} bytes")));
    }
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CliError::new(format_args!("--token-file {} holds no access token", path.display())));
    }
    Ok(Secret::new(token.to_owned()))
}
