//! The command `status`.

use std::fmt::Write as _;

use super::session::{Common, Session};
use super::table::fact;
use super::text::{duration, printable, size, time};
use crate::admin::COUNTED;
use crate::admin::wire::{KeyShown, Status, StoreShown};
use crate::cli::terminal::{CliError, Exit};

/// Prints the state of the running sidecar. Fails if the sidecar is not ready.
pub(in crate::cli) fn status(common: &Common) -> Result<(), CliError> {
    let session = Session::open(common)?;
    let status: Status = session.post("/admin/status", &())?;
    session.show(&status, text)?;
    if status.ready { Ok(()) } else { Err(CliError::new("the sidecar is not ready").exiting(Exit::Failed)) }
}

fn text(status: &Status) -> String {
    let ready = if status.ready { "ready" } else { "NOT READY" };
    let up = duration(status.now.since(status.started_at));
    let mut text = format!("MCPBouncer {}: {ready}, up for {up}\n\n", status.version);
    let many = if status.tenants >= COUNTED { "+" } else { "" };
    let mut facts = vec![
        ("store", store(&status.store)),
        (
            "signing key",
            status.keys.iter().map(key).find(|key| !key.is_empty()).unwrap_or_else(|| "none".to_owned()),
        ),
        ("signing keys in all", status.keys.len().to_string()),
        ("tenants", format!("{}{many}", status.tenants)),
        ("clients", status.clients.to_string()),
        ("grants", status.grants.to_string()),
        ("logins in progress", status.logins.to_string()),
    ];
    facts.extend(status.audit_rows.map(|rows| ("rows of the audit", rows.to_string())));
    for provider in &status.providers {
        let name =
            provider.name.as_deref().map_or_else(String::new, |name| format!("{} = ", printable(name, 60)));
        facts.push(("provider", format!("{name}{}", printable(&provider.issuer, 200))));
    }
    for (name, value) in facts {
        text.push_str(&fact(name, &value));
    }
    for problem in &status.problems {
        let _ = write!(text, "\nTraefik {}: {}", problem.traefik, printable(&problem.message, 1_000));
    }
    for warning in &status.warnings {
        let at = warning.at.map(|at| format!(" ({} UTC)", time(at))).unwrap_or_default();
        let _ = write!(text, "\nWarning: {}{at}", printable(&warning.message, 1_000));
    }
    if text.ends_with('\n') { text } else { text + "\n" }
}

fn store(store: &StoreShown) -> String {
    let entries: u64 = store.entries.values().sum();
    let bytes = store.bytes.map(|bytes| format!(", {}", size(bytes))).unwrap_or_default();
    let free = store.free_bytes.map(|free| format!(", {} free on its disk", size(free))).unwrap_or_default();
    format!("{}, {entries} entries{bytes}{free}", store.engine)
}

fn key(key: &KeyShown) -> String {
    match (key.since, key.rotates_at) {
        (Some(since), Some(rotates)) => format!("since {}, rotates {} (UTC)", time(since), time(rotates)),
        _ => String::new(),
    }
}
