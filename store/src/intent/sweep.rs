//! Deletes expired records with the help of the indexes, without scanning a table of records.

use super::WriteIntent;
use crate::decide;
use crate::error::StoreError;
use crate::outcome::{SweepLimits, Swept};
use crate::record::{
    AssertionRecord, AuditClass, ClientRecord, CodeRecord, GrantRecord, LoginRecord, RefreshRecord,
    SessionRecord, Stored,
};
use crate::rows::{assertions, audit, clients, codes, grants, logins, sessions, tokens};
use crate::tables::keys::{
    BY_EXPIRY, CLIENTS_BY_USE, Expiring, REVOKED, TOKENS_BY_GRANT, UNAPPROVED, expiry_key, id_in,
    revoked_from,
};
use crate::tables::{Damaged, Write};
use protocol::time::UnixTime;

/// Deletes expired records, at most `limits.batch` of each kind in one transaction; `more` in the result tells that
/// there may be further ones. Deletes clients that have been idle for `limits.client_idle_secs` and hold no live
/// grant, and unapproved clients after [`UNAPPROVED_CLIENT_SECS`](crate::limits::UNAPPROVED_CLIENT_SECS); no other
/// clients. Deletes rows of the audit table that are old or too many, the oldest first. An unreadable record is
/// deleted when it expires, like any other, and is listed in the result. A record of a newer release is kept.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// The limits of one transaction.
    pub limits: SweepLimits,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for Sweep {
    type Output = Swept;

    fn run(&self, tx: &impl Write) -> Result<Swept, StoreError> {
        sweep(tx, self.now, &self.limits)
    }
}

fn sweep(tx: &impl Write, now: UnixTime, limits: &SweepLimits) -> Result<Swept, StoreError> {
    let mut damaged = Damaged::new();
    let logins: Vec<LoginRecord> = due::<_, 32>(tx, Expiring::Login, now, limits, &mut damaged)?;
    for login in &logins {
        logins::remove(tx, login)?;
    }
    let codes: Vec<CodeRecord> = due::<_, 32>(tx, Expiring::Code, now, limits, &mut damaged)?;
    for code in &codes {
        codes::remove(tx, code)?;
    }
    let tokens: Vec<RefreshRecord> = due::<_, 32>(tx, Expiring::Refresh, now, limits, &mut damaged)?;
    let mut emptied = 0;
    for token in &tokens {
        tokens::remove(tx, token)?;
        emptied += usize::from(remove_if_empty(tx, token)?);
    }
    let grants: Vec<GrantRecord> = due::<_, 16>(tx, Expiring::Grant, now, limits, &mut damaged)?;
    for grant in &grants {
        grants::remove(tx, grant)?;
    }
    let unapproved = unapproved_clients(tx, now, limits, &mut damaged)?;
    let (candidates, clients) = idle_clients(tx, now, limits, &mut damaged)?;
    let assertions: Vec<AssertionRecord> = due::<_, 32>(tx, Expiring::Assertion, now, limits, &mut damaged)?;
    for assertion in &assertions {
        assertions::remove(tx, assertion)?;
    }
    let sessions: Vec<SessionRecord> = due::<_, 32>(tx, Expiring::Session, now, limits, &mut damaged)?;
    for session in &sessions {
        sessions::remove(tx, session)?;
    }
    let forgotten = forget_revocations(tx, now, limits)?;
    let audit = [
        audit::sweep(tx, AuditClass::Proven, now, &limits.audit, limits.batch)?,
        audit::sweep(tx, AuditClass::Unproven, now, &limits.audit, limits.batch)?,
    ];
    let found = [
        logins.len(),
        codes.len(),
        tokens.len(),
        grants.len(),
        unapproved,
        candidates,
        assertions.len(),
        sessions.len(),
        forgotten,
    ];
    Ok(Swept {
        logins: logins.len(),
        codes: codes.len(),
        refresh_tokens: tokens.len(),
        grants: emptied + grants.len(),
        clients: unapproved + clients,
        sessions: sessions.len(),
        marks: assertions.len() + forgotten,
        audit: audit.iter().sum(),
        more: found.iter().chain(&audit).any(|count| *count == limits.batch) || !damaged.is_empty(),
        damaged,
    })
}

/// Deletes the grant of a deleted token if that was its last token.
fn remove_if_empty(tx: &impl Write, removed: &RefreshRecord) -> Result<bool, StoreError> {
    if !tx.keys_under(TOKENS_BY_GRANT, &removed.grant.0, 1)?.is_empty() {
        return Ok(false);
    }
    // A damaged grant is deleted when it expires.
    let grant = tx.readable::<GrantRecord>(&removed.grant.0, &mut Damaged::new())?;
    let Some(grant) = grant else { return Ok(false) };
    grants::remove(tx, &grant)?;
    Ok(true)
}

/// Deletes the revocations of grants whose access tokens have all expired; returns their number.
fn forget_revocations(tx: &impl Write, now: UnixTime, limits: &SweepLimits) -> Result<usize, StoreError> {
    let entries = tx.keys(REVOKED, &[], &revoked_from(now), limits.batch)?;
    for entry in &entries {
        grants::forget(tx, entry)?;
    }
    Ok(entries.len())
}

/// Returns the expired records of a kind, the oldest first, at most one batch. Deletes unreadable records; otherwise
/// every sweep would find them first.
fn due<R: Stored, const ID: usize>(
    tx: &impl Write,
    kind: Expiring,
    now: UnixTime,
    limits: &SweepLimits,
    damaged: &mut Damaged,
) -> Result<Vec<R>, StoreError> {
    let mut from = expiry_key(kind, UnixTime::new(0), &[]);
    let to = expiry_key(kind, now.plus(1), &[]);
    let mut records = Vec::new();
    loop {
        let entries = tx.keys(BY_EXPIRY, &from, &to, limits.batch)?;
        let mut newer = 0;
        for entry in &entries {
            let Ok(id) = id_in::<ID>(BY_EXPIRY, entry) else {
                tx.unindex(BY_EXPIRY, entry)?;
                continue;
            };
            match tx.readable::<R>(&id, damaged) {
                Ok(Some(record)) => records.push(record),
                // The entry has no record, or one that cannot be read.
                Ok(None) => {
                    tx.remove::<R>(&id)?;
                    tx.unindex(BY_EXPIRY, entry)?;
                }
                // The newer release that wrote the record will delete it.
                Err(StoreError::Newer { .. }) => newer += 1,
                Err(error) => return Err(error),
            }
        }
        match entries.last() {
            // Continue after a batch that contains only records of a newer release.
            Some(last) if newer == limits.batch => from = [last, &[0][..]].concat(),
            _ => return Ok(records),
        }
    }
}

/// Deletes clients that no user approved in time; returns their number. Such clients have no grants.
fn unapproved_clients(
    tx: &impl Write,
    now: UnixTime,
    limits: &SweepLimits,
    damaged: &mut Damaged,
) -> Result<usize, StoreError> {
    let to = decide::unapproved_since(now).plus(1).as_secs().to_be_bytes();
    let entries = tx.keys(UNAPPROVED, &[], &to, limits.batch)?;
    clients::remove_unapproved(tx, &entries, damaged)?;
    Ok(entries.len())
}

/// Deletes idle clients without a live grant, and marks those with one as used; returns how many clients were examined
/// and how many were deleted.
fn idle_clients(
    tx: &impl Write,
    now: UnixTime,
    limits: &SweepLimits,
    damaged: &mut Damaged,
) -> Result<(usize, usize), StoreError> {
    let Some(since) = decide::client_idle_since(limits, now) else { return Ok((0, 0)) };
    let to = since.plus(1).as_secs().to_be_bytes();
    let entries = tx.keys(CLIENTS_BY_USE, &[], &to, limits.batch)?;
    let mut removed = 0;
    for entry in &entries {
        let key = entry.get(8..).unwrap_or_default();
        let Some(client) = tx.readable::<ClientRecord>(key, damaged)? else {
            tx.remove::<ClientRecord>(key)?;
            tx.unindex(CLIENTS_BY_USE, entry)?;
            continue;
        };
        if grants::of_client(tx, &client, now)?.0.is_empty() {
            clients::remove(tx, &client)?;
            removed += 1;
        } else {
            clients::change(tx, client, |client| decide::touch(client, now))?;
        }
    }
    Ok((entries.len(), removed))
}
