//! Looks at the sidecar from inside: with its settings, at its files, store, listener and providers.

mod disk;
mod listener;
mod plugin_file;
mod providers;
mod secrets;
mod shared;

use std::path::Path;

use super::check::Check;
use super::ledger::{Ledger, Outcome};
use super::row::Place;
use crate::config::{Config, FirstStart, KeyOrigin};

/// Reads the settings. Each problem is a finding; `None` if there is one.
pub(super) fn settings(pairs: &[(String, String)], ledger: &mut Ledger) -> Option<Config> {
    match Config::for_start(pairs.iter().cloned(), FirstStart::Expect) {
        Ok(config) => {
            ledger.fine(Check::Settings);
            Some(config)
        }
        Err(error) => {
            for problem in error.0 {
                ledger.found(Check::Settings, format!("{problem}."));
            }
            None
        }
    }
}

/// Returns the outcome of every check of the sidecar. `ledger` already contains the outcome of its settings.
pub(super) async fn look(
    config: Option<&Config>,
    pairs: &[(String, String)],
    plugin_file: Option<&Path>,
    mut ledger: Ledger,
) -> Vec<(Check, Outcome)> {
    let Some(config) = config else {
        return ledger.finish(Place::Sidecar);
    };
    let problems = crate::check_config::problems(config);
    for problem in &problems {
        ledger.found(Check::Files, format!("{problem}."));
    }
    ledger.fine(Check::Files);
    key(config, &mut ledger);
    secrets::check(config, pairs, &mut ledger);
    disk::check(config, &mut ledger);
    shared::check(config, &mut ledger);
    plugin_file::check(config, plugin_file, &mut ledger);
    let listener = listener::check(config);
    if problems.is_empty() {
        let (listener, providers) = tokio::join!(listener, providers::check(config));
        ledger.merge(listener);
        ledger.merge(providers);
    } else {
        ledger.merge(listener.await);
    }
    ledger.finish(Place::Sidecar)
}

fn key(config: &Config, ledger: &mut Ledger) {
    match &config.keys.origin {
        KeyOrigin::Given => ledger.fine(Check::KeyApart),
        KeyOrigin::Found(path) | KeyOrigin::Made(path) | KeyOrigin::ToBeMade(path) => {
            ledger.found(
                Check::KeyApart,
                format!("The encryption key is beside the store, in {}.", path.display()),
            );
        }
    }
}
