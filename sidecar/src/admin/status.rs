//! `/admin/status`: the state of the sidecar.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use protocol::jose::key_certificate::KeyPurpose;
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

/// Returns a warning for each active key that should have been replaced, because something prevents the rotation.
fn overdue(keys: &[KeyShown], now: UnixTime) -> impl Iterator<Item = Warning> {
    keys.iter().filter(move |key| key.rotates_at.is_some_and(|at| now.since(at) > OVERDUE_SECS)).map(|key| {
        let tokens = match key.purpose {
            KeyPurpose::AccessTokens => "token",
            KeyPurpose::PersonalTokens => "personal access token",
        };
        let text = format!(
            "the signing key has not rotated when it was due; when it may sign no longer, no {tokens} can be issued"
        );
        warning("signing_key", text, key.signs_until)
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_overdue_key_is_reported() {
        let now = UnixTime::new(1_800_000_000);
        let key = |purpose, rotates_at: Option<UnixTime>| KeyShown {
            kid: "kid".to_owned(),
            state: "active".to_owned(),
            purpose,
            created_at: now.minus(90_000),
            since: Some(now.minus(90_000)),
            rotates_at,
            signs_until: Some(now.plus(5)),
            gone_at: None,
        };
        let (due, late) = (Some(now.minus(OVERDUE_SECS)), Some(now.minus(OVERDUE_SECS + 1)));
        let texts = |access, personal| {
            let keys = [key(KeyPurpose::AccessTokens, access), key(KeyPurpose::PersonalTokens, personal)];
            overdue(&keys, now).map(|warning| warning.message).collect::<Vec<_>>()
        };
        assert!(texts(due, due).is_empty() && texts(None, None).is_empty());
        assert!(matches!(&texts(late, due)[..], [one] if one.ends_with("no token can be issued")));
        assert!(
            matches!(&texts(due, late)[..], [one] if one.ends_with("no personal access token can be issued"))
        );
        assert_eq!(texts(late, late).len(), 2);
    }
}
