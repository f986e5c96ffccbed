//! Logins under way, by flow, with indexes by browser, by upstream state and by expiry.

use super::keys::{
    BY_EXPIRY, Expiring, LOGINS_BY_BROWSER, LOGINS_BY_STATE, browser_key, expiry_key, id_in, key,
};
use super::{Damaged, Read, Write};
use super::{clients, grants};
use crate::decide::{self, EXISTS};
use crate::records::{CodeRecord, Hash, LoginRecord, LoginStep, LoginStepKind, Stored as _};
use crate::{Advance, Begin, LOGINS_IN_ALL, LOGINS_PER_BROWSER, StoreError};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// More entries than one browser or one upstream state ever has.
const ALL: usize = usize::MAX;

/// What a compare-and-swap on a login compares.
pub(super) struct Expected {
    pub(super) tenant: Tenant,
    pub(super) flow: Hash,
    pub(super) browser: Hash,
    pub(super) step: LoginStepKind,
    pub(super) now: UnixTime,
}

pub(super) fn begin(tx: &impl Write, record: &LoginRecord, now: UnixTime) -> Result<Begin, StoreError> {
    if clients::find(tx, &record.tenant, &record.client_id)?.is_none() {
        return Ok(Begin::NoSuchClient);
    }
    if tx.bytes(LoginRecord::TABLE, &record.flow)?.is_some() {
        return Err(EXISTS);
    }
    if tx.count(LoginRecord::TABLE)? >= LOGINS_IN_ALL {
        return Ok(Begin::Full);
    }
    clients::touch(tx, &record.tenant, &record.client_id, now)?;
    let theirs = tx.keys_under(LOGINS_BY_BROWSER, &record.browser, ALL)?;
    let surplus = (theirs.len() + 1).saturating_sub(LOGINS_PER_BROWSER);
    for entry in theirs.iter().take(surplus) {
        let id = id_in::<32>(LOGINS_BY_BROWSER, entry)?;
        if let Some(oldest) = tx.readable::<LoginRecord>(&id, &mut Damaged::new())? {
            remove(tx, &oldest)?;
        } else {
            // Its other entries go in their time.
            tx.remove::<LoginRecord>(&id)?;
            tx.unindex(LOGINS_BY_BROWSER, entry)?;
        }
    }
    put(tx, record)?;
    Ok(Begin::Done)
}

pub(super) fn find(
    tx: &impl Read,
    tenant: &Tenant,
    flow: &Hash,
    browser: &Hash,
    now: UnixTime,
) -> Result<Option<LoginRecord>, StoreError> {
    let login = tx.record::<LoginRecord>(flow)?;
    Ok(login.filter(|login| decide::login_visible(login, tenant, browser, now)))
}

pub(super) fn find_by_state(
    tx: &impl Read,
    tenant: &Tenant,
    state: &Hash,
    browser: &Hash,
    now: UnixTime,
) -> Result<Option<LoginRecord>, StoreError> {
    for entry in tx.keys_under(LOGINS_BY_STATE, state, ALL)? {
        let found = find(tx, tenant, &id_in(LOGINS_BY_STATE, &entry)?, browser, now)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

pub(super) fn advance(
    tx: &impl Write,
    expected: &Expected,
    next: &LoginStep,
    rebind: Option<&Hash>,
) -> Result<Advance, StoreError> {
    let Some(login) = take(tx, expected)? else { return Ok(Advance::Lost) };
    put(tx, &LoginRecord { step: next.clone(), ..login })?;
    move_browser(tx, expected, rebind)?;
    Ok(Advance::Done)
}

pub(super) fn finish(
    tx: &impl Write,
    expected: &Expected,
    code: &CodeRecord,
    rebind: Option<&Hash>,
) -> Result<Advance, StoreError> {
    let Some(client) = clients::find(tx, &expected.tenant, &code.client_id)? else {
        return Ok(Advance::Lost);
    };
    let Some(login) = take(tx, expected)? else { return Ok(Advance::Lost) };
    decide::check_code(&login, code)?;
    clients::change(tx, client, |client| decide::approve(client, expected.now))?;
    grants::put_new_code(tx, code)?;
    move_browser(tx, expected, rebind)?;
    Ok(Advance::Done)
}

pub(super) fn discard(tx: &impl Write, expected: &Expected) -> Result<Advance, StoreError> {
    Ok(if take(tx, expected)?.is_some() { Advance::Done } else { Advance::Lost })
}

/// Removes and returns the login, if the comparison holds.
fn take(tx: &impl Write, expected: &Expected) -> Result<Option<LoginRecord>, StoreError> {
    let Expected { tenant, flow, browser, step, now } = expected;
    let Some(login) = tx.record::<LoginRecord>(flow)? else { return Ok(None) };
    if !decide::login_may_step(&login, tenant, browser, *step, *now) {
        return Ok(None);
    }
    remove(tx, &login)?;
    Ok(Some(login))
}

fn move_browser(tx: &impl Write, expected: &Expected, rebind: Option<&Hash>) -> Result<(), StoreError> {
    let Some(new) = rebind else { return Ok(()) };
    for entry in tx.keys_under(LOGINS_BY_BROWSER, &expected.browser, ALL)? {
        let id = id_in::<32>(LOGINS_BY_BROWSER, &entry)?;
        // One that cannot be read is left behind: it must not keep its browser from signing in.
        let login = tx.readable::<LoginRecord>(&id, &mut Damaged::new())?;
        let host = expected.tenant.base.host();
        if let Some(login) = login.filter(|login| decide::login_moves_along(login, host, expected.now)) {
            remove(tx, &login)?;
            put(tx, &LoginRecord { browser: *new, ..login })?;
        }
    }
    Ok(())
}

fn put(tx: &impl Write, login: &LoginRecord) -> Result<(), StoreError> {
    tx.put(&login.flow, login)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Login, login.expires, &login.flow))?;
    tx.index(LOGINS_BY_BROWSER, &browser_key(&login.browser, login.created, &login.flow))?;
    login.step.upstream_state().map_or(Ok(()), |state| tx.index(LOGINS_BY_STATE, &key(&[state, &login.flow])))
}

pub(super) fn remove(tx: &impl Write, login: &LoginRecord) -> Result<(), StoreError> {
    tx.remove::<LoginRecord>(&login.flow)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Login, login.expires, &login.flow))?;
    tx.unindex(LOGINS_BY_BROWSER, &browser_key(&login.browser, login.created, &login.flow))?;
    login
        .step
        .upstream_state()
        .map_or(Ok(()), |state| tx.unindex(LOGINS_BY_STATE, &key(&[state, &login.flow])))
}
