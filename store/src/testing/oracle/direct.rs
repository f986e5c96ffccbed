//! Grants that no login led to.

use super::{OnOracle, Tables};
use crate::decide::{self, EXISTS, Room};
use crate::direct_grant::{DirectGrant, Granted};
use crate::error::StoreError;
use crate::intent::direct::PutDirectGrant;

impl OnOracle<DirectGrant> for PutDirectGrant {
    fn on(&self, tables: &mut Tables) -> Result<DirectGrant, StoreError> {
        let Self { tenant, grant, assertion, now } = self;
        decide::check_direct(grant, tenant)?;
        let used = |expires: &protocol::time::UnixTime| *now < *expires;
        if assertion.as_ref().is_some_and(|own| tables.assertions.get(&own.id).is_some_and(used)) {
            return Ok(DirectGrant::AssertionUsed);
        }
        let continued = tables.grants.values().filter(|found| decide::continues(found, grant, *now));
        let before = continued.min_by_key(|found| (found.created, found.id)).cloned();
        let (granted, crowded_out) = if let Some(before) = before {
            let after = decide::continued(&before, grant);
            tables.grants.insert(after.id, after.clone());
            (Granted::again(&after), None)
        } else {
            if tables.grants.contains_key(&grant.id) {
                return Err(EXISTS);
            }
            let Room::Made { crowded_out } = tables.make_room(grant, *now) else {
                return Ok(DirectGrant::TooMany);
            };
            tables.grants.insert(grant.id, grant.clone());
            (Granted::new(grant), crowded_out)
        };
        if let Some(assertion) = assertion {
            tables.assertions.insert(assertion.id, assertion.expires);
            if let Some(client) = tables.client_mut(tenant, &grant.client_id) {
                decide::approve(client, *now);
            }
        } else {
            tables.touch_client(tenant, &grant.client_id, *now);
        }
        Ok(DirectGrant::Done { granted, crowded_out })
    }
}
