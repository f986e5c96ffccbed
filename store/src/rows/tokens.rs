//! Refresh tokens, with their indexes by grant and by expiry.

use crate::decide::EXISTS;
use crate::error::StoreError;
use crate::limits::ROTATED_KEPT;
use crate::record::{GrantId, RefreshRecord};
use crate::tables::keys::{BY_EXPIRY, Expiring, TOKENS_BY_GRANT, expiry_key, id_in, key, token_key};
use crate::tables::{Damaged, Order, Read, Write};

/// Stores a refresh token; its id must be new.
pub(crate) fn put_new(tx: &impl Write, token: &RefreshRecord) -> Result<(), StoreError> {
    if tx.record::<RefreshRecord>(&token.token)?.is_some() {
        return Err(EXISTS);
    }
    tx.put(&token.token, token)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Refresh, token.expires, &token.token))?;
    tx.index(TOKENS_BY_GRANT, &token_key(&token.grant, token.generation, &token.token))
}

/// Returns the newest refresh token of a grant; `None` if the grant has none or it cannot be read.
pub(crate) fn newest(tx: &impl Read, grant: &GrantId) -> Result<Option<RefreshRecord>, StoreError> {
    let to = key(&[&grant.0, &[0xff; 80]]);
    let newest = tx.range(TOKENS_BY_GRANT, &grant.0, &to, Order::NewestFirst, 1)?.pop();
    let Some((entry, _)) = newest else { return Ok(None) };
    tx.readable::<RefreshRecord>(&id_in::<32>(TOKENS_BY_GRANT, &entry)?, &mut Damaged::new())
}

pub(crate) fn remove(tx: &impl Write, token: &RefreshRecord) -> Result<(), StoreError> {
    tx.remove::<RefreshRecord>(&token.token)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Refresh, token.expires, &token.token))?;
    tx.unindex(TOKENS_BY_GRANT, &token_key(&token.grant, token.generation, &token.token))
}

/// Deletes all refresh tokens of a grant.
pub(crate) fn remove_of(tx: &impl Write, grant: &GrantId) -> Result<(), StoreError> {
    for entry in tx.keys_under(TOKENS_BY_GRANT, &grant.0, usize::MAX)? {
        remove_at(tx, &entry)?;
    }
    Ok(())
}

/// Deletes the rotated tokens of a grant that are more than [`ROTATED_KEPT`] generations behind `generation`.
pub(crate) fn forget_old(tx: &impl Write, grant: &GrantId, generation: u64) -> Result<(), StoreError> {
    let Some(oldest_kept) = generation.checked_sub(ROTATED_KEPT) else { return Ok(()) };
    let from = key(&[&grant.0, &0_u64.to_be_bytes()]);
    let to = key(&[&grant.0, &oldest_kept.to_be_bytes()]);
    for entry in tx.keys(TOKENS_BY_GRANT, &from, &to, usize::MAX)? {
        remove_at(tx, &entry)?;
    }
    Ok(())
}

/// Deletes the token of an entry of [`TOKENS_BY_GRANT`], even if its record cannot be read.
fn remove_at(tx: &impl Write, entry: &[u8]) -> Result<(), StoreError> {
    let id = id_in::<32>(TOKENS_BY_GRANT, entry)?;
    if let Some(token) = tx.readable::<RefreshRecord>(&id, &mut Damaged::new())? {
        return remove(tx, &token);
    }
    // The sweep deletes the token's entry in the expiry index when it expires.
    tx.remove::<RefreshRecord>(&id)?;
    tx.unindex(TOKENS_BY_GRANT, entry)
}
