//! `/admin/status`: the state of the sidecar.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use protocol::settings::Provider;
use protocol::time::UnixTime;
use store::Within;
use store::intent::copy::Sizes;
use store::intent::listing::ListTenants;
use store::record::{ClientRecord, GrantRecord, LoginRecord, Stored as _};

use super::deps::{COUNTED, Deps};
use super::error::AdminError;
use super::keys;
use super::reply::answer;
use super::wire::{KeyShown, ProblemShown, ProviderShown, Status, StoreShown, Warning};
use crate::disk;
use crate::health::readiness;
use crate::ops::Proven;

/// The audit table. The names of all tables of the audit begin with it.
const AUDIT: &str = "audit";
/// If the rotation of a key is overdue by more than this many seconds, there is a warning.
const OVERDUE_SECS: u64 = 3_600;

pub(super) async fn status(State(deps): State<Arc<Deps>>, _: Proven) -> Response {
    answer(&deps.journal, read(&deps).await)
}

async fn read(deps: &Deps) -> Result<Status, AdminError> {
    let now = deps.clock.now();
    let sizes: BTreeMap<String, u64> =
        deps.store.read(Sizes).await?.into_iter().map(|(table, count)| (table.to_owned(), count)).collect();
    let count = |table: &str| sizes.get(table).copied().unwrap_or_default();
    let list = ListTenants { within: Within::Everything, after: None, limit: COUNTED };
    let keys = keys::shown(deps).await?;
    let not_ready = readiness(&deps.store, &deps.keys, now).await.err().map(|error| error.to_string());
    let free_bytes = deps.file.as_deref().and_then(disk::free);
    let mut warnings: Vec<Warning> =
        not_ready.iter().map(|reason| warning("not_ready", format!("not ready: {reason}"), None)).collect();
    warnings.extend(overdue(&keys, now));
    warnings.extend(free_bytes.filter(|free| *free < disk::LITTLE).map(|free| {
        warning("disk", format!("the disk of the store has {} MiB left", free / (1024 * 1024)), None)
    }));
    warnings.extend((!deps.tells_revocations).then(|| {
        let text = "the plugin does not learn of ended grants, because neither BOUNCER_SHARE_DIR nor \
                    BOUNCER_REVOCATION_FILE is set: access tokens are valid until they expire";
        warning("revocation_list", text.to_owned(), None)
    }));
    Ok(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: deps.started,
        now,
        ready: not_ready.is_none(),
        tenants: deps.store.read(list).await?.items.len(),
        clients: count(ClientRecord::TABLE),
        logins: count(LoginRecord::TABLE),
        grants: count(GrantRecord::TABLE),
        audit_rows: sizes
            .keys()
            .any(|table| table.starts_with(AUDIT))
            .then(|| count(AUDIT) + count("audit_unproven")),
        store: StoreShown {
            engine: if deps.file.is_some() { "redb" } else { "postgresql" }.to_owned(),
            bytes: deps.file.as_ref().and_then(|file| std::fs::metadata(file).ok()).map(|file| file.len()),
            free_bytes,
            entries: sizes,
        },
        keys,
        providers: providers(deps),
        problems: problems(deps, now),
        warnings,
    })
}

fn warning(what: &str, message: String, at: Option<UnixTime>) -> Warning {
    Warning { what: what.to_owned(), message, at }
}

/// Returns a warning if the active key should have been replaced, because then something prevents the rotation.
fn overdue(keys: &[KeyShown], now: UnixTime) -> Option<Warning> {
    let active = keys.iter().find(|key| key.rotates_at.is_some())?;
    let late = now.since(active.rotates_at?) > OVERDUE_SECS;
    let text =
        "the signing key has not rotated when it was due; when it may sign no longer, no token can be issued";
    late.then(|| warning("signing_key", text.to_owned(), active.signs_until))
}

fn providers(deps: &Deps) -> Vec<ProviderShown> {
    let shown = |(name, provider): (Option<&str>, &Provider)| ProviderShown {
        name: name.map(str::to_owned),
        issuer: provider.issuer().to_owned(),
    };
    deps.providers.all().map(shown).collect()
}

fn problems(deps: &Deps, now: UnixTime) -> Vec<ProblemShown> {
    let shown = |(traefik, reason, message): (std::net::IpAddr, events::Reason, String)| ProblemShown {
        traefik: traefik.to_string(),
        reason: reason.code().to_owned(),
        message,
    };
    deps.reports.all(now).into_iter().map(shown).collect()
}
