//! Walks the keys of clients and grants in pages, across tenants, for administrators.

use crate::error::StoreError;
use crate::page::{Cursor, Page, Within};
use crate::record::{ClientRecord, Stored as _};
use crate::tables::keys::{key, read_client_key};
use crate::tables::{Damaged, Read};
use protocol::tenant::Tenant;

/// Returns up to `limit` keys after the cursor, of a table whose keys begin with a client key.
pub(crate) fn keys(
    tx: &impl Read,
    table: &'static str,
    within: &Within,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Vec<u8>>, StoreError> {
    let start = after.map(Cursor::following).unwrap_or_default();
    let mut items: Vec<Vec<u8>> = Vec::new();
    for prefix in within.prefixes() {
        let to = key(&[&prefix, &[0xff; 80]]);
        let from = prefix.max(start.clone());
        if from < to && items.len() <= limit {
            // One more than fits tells whether there is a next page.
            items.extend(tx.keys(table, &from, &to, limit + 1 - items.len())?);
        }
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).cloned().map(Cursor);
    Ok(Page { items, next })
}

/// Returns up to `limit` tenants after the cursor that have a client. Skips from one tenant to the next, however many
/// clients each of them has.
pub(crate) fn tenants(
    tx: &impl Read,
    within: &Within,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Tenant>, StoreError> {
    let (mut items, mut at) = (Vec::new(), after.cloned());
    while items.len() < limit {
        let found = keys(tx, ClientRecord::TABLE, within, at.as_ref(), 1)?;
        let Some(client) = found.items.into_iter().next() else { return Ok(Page { items, next: None }) };
        if let Some((tenant, last)) = read_client_key(&client) {
            items.push(tenant);
            at = Some(Cursor(last));
        } else {
            // The key is a hash. The tenant is listed already if it has a client with another key.
            let record = tx.readable::<ClientRecord>(&client, &mut Damaged::new())?;
            let tenant = record.map(|record| record.tenant).filter(|tenant| within.has(tenant));
            items.extend(tenant.filter(|tenant| !items.contains(tenant)));
            at = Some(Cursor(client));
        }
    }
    let more = !keys(tx, ClientRecord::TABLE, within, at.as_ref(), 1)?.items.is_empty();
    Ok(Page { items, next: at.filter(|_| more) })
}
