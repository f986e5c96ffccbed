//! Background work: deletes expired records, rotates the signing keys, ends personal access tokens of users who lost
//! access, updates the shared folder and the revocation list, and checks the clients file.
//!
//! The server calls each function at an interval and passes the current time as an argument.

use crate::clients::Clients;
use crate::clock::Clock;
use crate::journal::Journal;
use crate::keys::KeyRing;
use crate::personal_tokens::recheck::Recheck;
use crate::revocation_file::{RevocationFile, RevocationFileError, Updated};
use crate::share::Share;
use events::{Event, Field, Kind, Reason};
use protocol::time::UnixTime;
use std::sync::Arc;

use store::intent::sweep::Sweep;
use store::{AuditLimits, StoreError, StoreHandle, SweepLimits, Swept};

/// The maximum number of records of one kind that one transaction deletes; small enough not to delay a login.
const BATCH: usize = 500;
/// The maximum number of transactions in one tick. Remaining records are deleted at the next tick.
const ROUNDS: usize = 200;

/// How long records are kept.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// How long an idle client is kept, in seconds.
    pub client_secs: u64,
    /// How much of the audit is kept.
    pub audit: AuditLimits,
}

/// Does the work of one tick: rotates the signing keys if that is due, then deletes expired records. A failure is
/// logged and retried at the next tick. Nothing depends on the deletion, because expired records are treated as absent.
pub async fn tick(journal: &Journal, keys: &KeyRing, kept: Kept, now: UnixTime) {
    turn_keys(journal, keys, now).await;
    match sweep(journal.store(), kept, now).await {
        Ok(swept) if swept == Swept::default() => {}
        Ok(swept) => {
            for damaged in &swept.damaged {
                let event = failed(Reason::RecordDamaged, &damaged.reason)
                    .with(Field::Table, damaged.table)
                    .with(Field::Record, &*damaged.id);
                journal.record(event.saying(
                    "an unreadable record was deleted when it expired; if there are more of them, check \
                     the disk and restore a backup",
                ));
            }
            tracing::info!(
                logins = swept.logins,
                codes = swept.codes,
                refresh_tokens = swept.refresh_tokens,
                grants = swept.grants,
                clients = swept.clients,
                sessions = swept.sessions,
                audit = swept.audit,
                damaged = swept.damaged.len(),
                "expired records deleted"
            );
        }
        Err(error) => {
            journal.record(failed(Reason::SweepFailed, error).saying("expired records could not be deleted"));
        }
    }
}

/// Takes the rotation steps of the signing keys that are due, and adopts those that another replica took.
pub async fn turn_keys(journal: &Journal, keys: &KeyRing, now: UnixTime) {
    let ring = keys.clone();
    match tokio::task::spawn_blocking(move || ring.tick(now)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            journal.record(
                failed(Reason::KeysNotUpdated, error).saying("the signing keys could not be updated"),
            );
        }
        Err(_) => journal.record(failed(Reason::TaskLost, "the key ring")),
    }
    record_steps(journal, keys);
}

/// Records the rotation steps that this replica has taken.
pub fn record_steps(journal: &Journal, keys: &KeyRing) {
    for step in keys.steps_taken() {
        journal.record(Event::new(Kind::KeysChanged).with(Field::Step, step));
    }
}

/// Ends personal access tokens of users who lost access. A failure is logged and retried at the next tick.
pub async fn recheck(journal: &Journal, recheck: &Recheck, clock: &dyn Clock) {
    if let Err(error) = recheck.tick(clock).await {
        journal.record(
            failed(Reason::SweepFailed, error)
                .saying("the owners of personal access tokens were not checked"),
        );
    }
}

fn failed(reason: Reason, detail: impl std::fmt::Display) -> Event {
    Event::because(Kind::Operation, reason).detail(detail)
}

/// Updates the revocation list and logs the outcome.
pub async fn tell_revocations(journal: &Journal, file: &Arc<RevocationFile>, now: UnixTime) {
    let (journal, file) = (journal.clone(), Arc::clone(file));
    let lost = journal.clone();
    let told = tokio::task::spawn_blocking(move || {
        note_revocations(&journal, &file, file.update(journal.store().blocking(), now), now);
    });
    if told.await.is_err() {
        lost.record(failed(Reason::TaskLost, "the revocation list"));
    }
}

/// Reads the operator's clients file again if it has changed, so that the log soon says whether it can be used.
pub async fn look_at_clients_file(journal: &Journal, clients: &Arc<Clients>) {
    let clients = Arc::clone(clients);
    if tokio::task::spawn_blocking(move || clients.look_at_file()).await.is_err() {
        journal.record(failed(Reason::TaskLost, "the clients file"));
    }
}

/// Updates the folder that is shared with Traefik. If a new trust anchor comes into use with this call, certifies the
/// signing keys by it.
pub async fn keep_share(journal: &Journal, share: &Arc<Share>, keys: &KeyRing, now: UnixTime) {
    let (own, share, keys) = (journal.clone(), Arc::clone(share), keys.clone());
    let kept = tokio::task::spawn_blocking(move || match share.update(&own, now) {
        None => Ok(()),
        Some(anchor) => keys.certify_by(anchor),
    });
    match kept.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => journal.record(failed(Reason::KeysNotUpdated, error).saying(
            "signing keys are not certified by the new trust anchor yet; the former one goes on until they rotate",
        )),
        Err(_) => journal.record(failed(Reason::TaskLost, "the shared folder")),
    }
}

/// Logs the outcome of [`RevocationFile::update`] if the operator should know it.
pub fn note_revocations(
    journal: &Journal,
    file: &RevocationFile,
    updated: Result<Updated, RevocationFileError>,
    now: UnixTime,
) {
    let path = file.path().display();
    match updated {
        Ok(Updated::WasMissing | Updated::WasChanged) => {
            let event = Event::because(Kind::Operation, Reason::RevocationsChanged).detail(path);
            journal.record(event.saying(
                "the revocation list was removed or changed by another program and has been written again; only the sidecar may write there",
            ));
        }
        Err(error) if file.should_log_failure(now) => {
            journal.record(failed(Reason::RevocationsNotWritten, error).saying(
                "the revocation list could not be written, so the plugin does not learn of revocations",
            ));
        }
        Ok(Updated::Unchanged | Updated::Written) | Err(_) => {}
    }
}

/// Deletes expired records, one batch per transaction, and returns how many it deleted.
pub async fn sweep(store: &StoreHandle, kept: Kept, now: UnixTime) -> Result<Swept, StoreError> {
    let limits = SweepLimits { client_idle_secs: kept.client_secs, batch: BATCH, audit: kept.audit };
    let mut total = Swept::default();
    for _ in 0..ROUNDS {
        total.add(store.write(Sweep { now, limits }).await?);
        if !total.more {
            break;
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::keys::KeyTimes;
    use protocol::secret::Secret;
    use protocol::tenant::{Tenant, TenantId};
    use protocol::uri::Base;
    use std::sync::Arc;
    use std::time::Duration;
    use store::Store;
    use store::crypto::Sealer;
    use store::entropy::SeededEntropy;
    use store::intent::clients::{FindClient, RegisterClient};
    use store::record::{ClientKind, ClientRecord, ClientSource};

    const KEPT: Kept = Kept { client_secs: 90 * DAY, audit: AuditLimits::DEFAULT };
    const DAY: u64 = 86_400;

    fn tenant() -> Tenant {
        let base = Base::parse("https://wiki.example").unwrap();
        Tenant { base, id: TenantId::derive("wiki", "local", "", &[]) }
    }

    #[tokio::test]
    async fn a_tick_turns_the_key_ring_and_removes_everything_that_is_due() {
        let clock = ManualClock::at(UnixTime::new(1_800_000_000));
        let store: Arc<Store> = Arc::new(Store::oracle());
        for n in 0..BATCH + 5 {
            let client = ClientRecord {
                tenant: tenant(),
                client_id: format!("client-{n}"),
                metadata: serde_json::Value::Null,
                kind: ClientKind::Public,
                source: ClientSource::Registered,
                registration_token: None,
                issued_at: clock.now(),
                last_used: clock.now(),
                approved_at: Some(clock.now()),
            };
            store.write(RegisterClient { record: client, now: clock.now() }).unwrap();
        }
        let entropy = Arc::new(SeededEntropy::new(1));
        let sealer = Sealer::new(&Secret::new([1; 32]), &[], entropy.clone());
        let times = KeyTimes { rotation_secs: 30 * DAY, overlap_secs: DAY, token_secs: 3_600 };
        let anchor = ed25519_dalek::SigningKey::from_bytes(&[2; 32]);
        let keys = KeyRing::open(Arc::clone(&store), sealer, entropy, anchor, times, clock.now()).unwrap();
        let first = keys.current(clock.now()).unwrap().kid.clone();
        let journal = Journal::on(Arc::clone(&store));

        clock.advance(Duration::from_secs(30 * DAY));
        tick(&journal, &keys, KEPT, clock.now()).await;
        assert_ne!(keys.current(clock.now()).unwrap().kid, first);
        assert!(
            store.read(FindClient { tenant: tenant(), client_id: "client-0".to_owned() }).unwrap().is_some()
        );

        clock.advance(Duration::from_secs(60 * DAY));
        tick(&journal, &keys, KEPT, clock.now()).await;
        for n in [0, BATCH, BATCH + 4] {
            assert!(
                store
                    .read(FindClient { tenant: tenant(), client_id: format!("client-{n}") })
                    .unwrap()
                    .is_none(),
                "{n}"
            );
        }
        assert_eq!(sweep(journal.store(), KEPT, clock.now()).await.unwrap(), Swept::default());
    }
}
