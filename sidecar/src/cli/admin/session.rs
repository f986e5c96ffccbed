//! Requests to the running sidecar, and what all administration commands have in common.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::crypto::Sealer;
use store::entropy::SystemEntropy;

use crate::cli::actor;
use crate::cli::terminal::{CliError, Exit, environment, print};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::ops::{Actor, CallError, Caller};

/// The options of every administration command.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Common {
    /// Print JSON instead of a table
    #[arg(long)]
    pub(super) json: bool,
    /// Your name, for the audit table; it is not checked; default: the operating system's user@host
    #[arg(long = "as", value_name = "NAME")]
    pub(super) actor: Option<String>,
}

/// The options of a listing.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Paging {
    /// Stop after the page on which this number of entries is reached
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(super) limit: usize,
    /// Continue a listing after the value that it printed last
    #[arg(long, value_name = "CURSOR")]
    pub(super) after: Option<String>,
}

/// Sends requests to the running sidecar.
pub(super) struct Session {
    config: Config,
    sealer: Sealer,
    actor: Actor,
    json: bool,
}

impl From<CallError> for CliError {
    fn from(error: CallError) -> Self {
        let exit = match &error {
            CallError::Unreachable { .. } | CallError::Foreign { .. } => Exit::Unreachable,
            CallError::Refused => Exit::Refused,
            CallError::Failed { status: 404, .. } => Exit::NotFound,
            CallError::Failed { .. } | CallError::Broken(_) | CallError::Entropy(_) => Exit::Failed,
        };
        Self::new(error).exiting(exit)
    }
}

impl Session {
    /// Reads the settings. Nothing is sent yet.
    pub(super) fn open(common: &Common) -> Result<Self, CliError> {
        let actor = match &common.actor {
            Some(text) => Actor::parse(text).map_err(|error| CliError::new(format_args!("--as: {error}")))?,
            None => actor::of_this_process(),
        };
        let config = environment()?;
        let keys = &config.keys;
        let sealer =
            Sealer::new(&keys.encryption_key, &keys.encryption_keys_previous, Arc::new(SystemEntropy));
        Ok(Self { config, sealer, actor, json: common.json })
    }

    /// Sends a request and reads its response.
    pub(super) fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, CliError> {
        let caller = Caller {
            places: self.config.server.ops_listen.destinations(),
            sealer: &self.sealer,
            entropy: &SystemEntropy,
            actor: self.actor.clone(),
        };
        Ok(caller.post(path, body, SystemClock.now())?.json()?)
    }

    /// Prints the value as JSON or, for a person, as this text.
    pub(super) fn show<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), CliError> {
        if self.json { print(&json(value)?) } else { print(&text(value)) }
    }
}

/// The value as JSON, in a form that people can read too.
pub(super) fn json(value: &impl Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(value).map_err(CliError::new)?;
    Ok(format!("{text}\n"))
}

/// Reads pages until `paging.limit` items have been found, or there are no more. `page` returns a page, given where it
/// begins.
pub(super) fn pages<T>(
    paging: &Paging,
    mut page: impl FnMut(Option<String>) -> Result<(Vec<T>, Option<String>), CliError>,
) -> Result<(Vec<T>, Option<String>), CliError> {
    let (mut all, mut after) = (Vec::new(), paging.after.clone());
    loop {
        let (items, next) = page(after)?;
        all.extend(items);
        if next.is_none() || all.len() >= paging.limit {
            return Ok((all, next));
        }
        after = next;
    }
}

/// Returns the line after a listing that is not complete; empty if the listing is complete.
pub(super) fn more(next: Option<&String>) -> String {
    next.map(|next| format!("\nThere may be more: --after {next}\n")).unwrap_or_default()
}

/// Asks the person at the terminal, unless `yes` is set. Fails if the person does not agree, or if the command does
/// not run at a terminal.
pub(super) fn confirm(question: &str, yes: bool) -> Result<(), CliError> {
    if yes {
        return Ok(());
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(CliError::new("nobody can be asked, because this is not a terminal: give --yes"));
    }
    let _ = write!(io::stderr(), "{question} [y/N] ");
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(CliError::new)?;
    if matches!(line.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(CliError::new("nothing was changed")) }
}
