//! Removal of what has expired, through the indexes: nothing scans a table of records.

use super::Write;
use super::keys::{
    BY_EXPIRY, CLIENTS_BY_USE, Expiring, REVOKED, TOKENS_BY_FAMILY, UNAPPROVED, expiry_key, id_in,
    revoked_key,
};
use super::{assertions, clients, grants, logins};
use crate::store::records::{
    AssertionRecord, ClientRecord, CodeRecord, FamilyRecord, LoginRecord, RefreshRecord, Stored,
};
use crate::store::{REVOKED_KEPT_SECS, StoreError, SweepLimits, Swept, decide};
use protocol::time::UnixTime;

pub(super) fn sweep(tx: &impl Write, now: UnixTime, limits: &SweepLimits) -> Result<Swept, StoreError> {
    let logins: Vec<LoginRecord> = due::<_, 32>(tx, Expiring::Login, now, limits)?;
    for login in &logins {
        logins::remove(tx, login)?;
    }
    let codes: Vec<CodeRecord> = due::<_, 32>(tx, Expiring::Code, now, limits)?;
    for code in &codes {
        grants::remove_code(tx, code)?;
    }
    let tokens: Vec<RefreshRecord> = due::<_, 32>(tx, Expiring::Refresh, now, limits)?;
    let mut emptied = 0;
    for token in &tokens {
        grants::remove_token(tx, token)?;
        emptied += usize::from(remove_if_empty(tx, token)?);
    }
    let families: Vec<FamilyRecord> = due::<_, 16>(tx, Expiring::Family, now, limits)?;
    for family in &families {
        grants::remove_family(tx, family)?;
    }
    let unapproved = unapproved_clients(tx, now, limits)?;
    let (candidates, clients) = idle_clients(tx, now, limits)?;
    let assertions: Vec<AssertionRecord> = due::<_, 32>(tx, Expiring::Assertion, now, limits)?;
    for assertion in &assertions {
        assertions::remove(tx, assertion)?;
    }
    let forgotten = forget_revocations(tx, now, limits)?;
    let found = [
        logins.len(),
        codes.len(),
        tokens.len(),
        families.len(),
        unapproved,
        candidates,
        assertions.len(),
        forgotten,
    ];
    Ok(Swept {
        logins: logins.len(),
        codes: codes.len(),
        refresh_tokens: tokens.len(),
        families: emptied + families.len(),
        clients: unapproved + clients,
        marks: assertions.len() + forgotten,
        more: found.contains(&limits.batch),
    })
}

/// Removes the grant of a removed token if that was its last one.
fn remove_if_empty(tx: &impl Write, removed: &RefreshRecord) -> Result<bool, StoreError> {
    if !tx.keys_under(TOKENS_BY_FAMILY, &removed.family.0, 1)?.is_empty() {
        return Ok(false);
    }
    let Some(family) = tx.record::<FamilyRecord>(&removed.family.0)? else { return Ok(false) };
    grants::remove_family(tx, &family)?;
    Ok(true)
}

/// Removes revocations that no access token can outlive; how many.
fn forget_revocations(tx: &impl Write, now: UnixTime, limits: &SweepLimits) -> Result<usize, StoreError> {
    let Some(until) = now.as_secs().checked_sub(REVOKED_KEPT_SECS) else { return Ok(0) };
    let to = revoked_key(UnixTime::new(until).plus(1), &[]);
    let entries = tx.keys(REVOKED, &[], &to, limits.batch)?;
    for entry in &entries {
        tx.unindex(REVOKED, entry)?;
    }
    Ok(entries.len())
}

/// The records of a kind whose time has come, oldest first, at most a batch.
fn due<R: Stored, const ID: usize>(
    tx: &impl Write,
    kind: Expiring,
    now: UnixTime,
    limits: &SweepLimits,
) -> Result<Vec<R>, StoreError> {
    let from = expiry_key(kind, UnixTime::new(0), &[]);
    let to = expiry_key(kind, now.plus(1), &[]);
    let mut records = Vec::new();
    for entry in tx.keys(BY_EXPIRY, &from, &to, limits.batch)? {
        match tx.record(&id_in::<ID>(BY_EXPIRY, &entry)?)? {
            Some(record) => records.push(record),
            // An entry without its record would come up for ever.
            None => tx.unindex(BY_EXPIRY, &entry)?,
        }
    }
    Ok(records)
}

/// Removes clients that nobody approved in time; how many. No grant hangs on them.
fn unapproved_clients(tx: &impl Write, now: UnixTime, limits: &SweepLimits) -> Result<usize, StoreError> {
    let to = decide::unapproved_since(now).plus(1).as_secs().to_be_bytes();
    let entries = tx.keys(UNAPPROVED, &[], &to, limits.batch)?;
    clients::remove_unapproved(tx, &entries)?;
    Ok(entries.len())
}

/// Removes idle clients without a live grant; returns how many were looked at and how many went.
fn idle_clients(tx: &impl Write, now: UnixTime, limits: &SweepLimits) -> Result<(usize, usize), StoreError> {
    let Some(since) = decide::client_idle_since(limits, now) else { return Ok((0, 0)) };
    let to = since.plus(1).as_secs().to_be_bytes();
    let entries = tx.keys(CLIENTS_BY_USE, &[], &to, limits.batch)?;
    let mut removed = 0;
    for entry in &entries {
        let Some(client) = entry.get(8..).map(|key| tx.record::<ClientRecord>(key)).transpose()?.flatten()
        else {
            tx.unindex(CLIENTS_BY_USE, entry)?;
            continue;
        };
        if grants::of_client(tx, &client, now)?.is_empty() {
            clients::remove(tx, &client)?;
            removed += 1;
        } else {
            clients::change(tx, client, |client| decide::touch(client, now))?;
        }
    }
    Ok((entries.len(), removed))
}
