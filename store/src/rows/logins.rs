//! Logins under way, by browser, by upstream state and by expiry.

use crate::decide;
use crate::error::StoreError;
use crate::limits::LOGINS_PER_BROWSER;
use crate::record::{Hash, LoginRecord};
use crate::tables::keys::{
    BY_EXPIRY, Expiring, LOGINS_BY_BROWSER, LOGINS_BY_STATE, browser_key, expiry_key, id_in, key,
};
use crate::tables::{Damaged, Write};
use protocol::time::UnixTime;

/// More entries than one browser ever has.
const ALL: usize = usize::MAX;

/// Removes the oldest logins of a browser that is about to begin one more.
pub(crate) fn make_room(tx: &impl Write, browser: &Hash) -> Result<(), StoreError> {
    let theirs = tx.keys_under(LOGINS_BY_BROWSER, browser, ALL)?;
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
    Ok(())
}

/// Moves the live logins of a browser at `host` to its new cookie value.
pub(crate) fn move_browser(
    tx: &impl Write,
    host: &str,
    old: &Hash,
    new: Option<&Hash>,
    now: UnixTime,
) -> Result<(), StoreError> {
    let Some(new) = new else { return Ok(()) };
    for entry in tx.keys_under(LOGINS_BY_BROWSER, old, ALL)? {
        let id = id_in::<32>(LOGINS_BY_BROWSER, &entry)?;
        // One that cannot be read is left behind: it must not keep its browser from signing in.
        let login = tx.readable::<LoginRecord>(&id, &mut Damaged::new())?;
        if let Some(login) = login.filter(|login| decide::login_moves_along(login, host, now)) {
            remove(tx, &login)?;
            put(tx, &LoginRecord { browser: *new, ..login })?;
        }
    }
    Ok(())
}

pub(crate) fn put(tx: &impl Write, login: &LoginRecord) -> Result<(), StoreError> {
    tx.put(&login.flow, login)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Login, login.expires, &login.flow))?;
    tx.index(LOGINS_BY_BROWSER, &browser_key(&login.browser, login.created, &login.flow))?;
    login.upstream_state().map_or(Ok(()), |state| tx.index(LOGINS_BY_STATE, &key(&[state, &login.flow])))
}

pub(crate) fn remove(tx: &impl Write, login: &LoginRecord) -> Result<(), StoreError> {
    tx.remove::<LoginRecord>(&login.flow)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Login, login.expires, &login.flow))?;
    tx.unindex(LOGINS_BY_BROWSER, &browser_key(&login.browser, login.created, &login.flow))?;
    login.upstream_state().map_or(Ok(()), |state| tx.unindex(LOGINS_BY_STATE, &key(&[state, &login.flow])))
}
