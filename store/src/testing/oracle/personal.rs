//! Personal access tokens.

use super::{OnOracle, Tables};
use crate::decide;
use crate::error::StoreError;
use crate::intent::personal::{AddPersonalToken, EndPersonalTokens, PersonalTokensOfUser};
use crate::limits::{PERSONAL_ENDED_PER_USER, PERSONAL_PER_USER};
use crate::outcome::{AddPersonal, PersonalGranted};
use crate::record::GrantRecord;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

impl OnOracle<AddPersonal> for AddPersonalToken {
    fn on(&self, tables: &mut Tables) -> Result<AddPersonal, StoreError> {
        let Self { tenant, client, grant, now } = self;
        decide::check_personal(client, grant, tenant)?;
        if let Some(before) = tables.grants.get(&grant.id) {
            return decide::added_before(before.clone(), grant, *now);
        }
        let theirs = || {
            tables.grants.values().filter(|other| {
                other.tenant == *tenant
                    && other.identity.sub == grant.identity.sub
                    && other.personal.is_some()
            })
        };
        let remembered = |other: &&GrantRecord| {
            other.revoked.is_some() && tables.revoked.iter().any(|revoked| revoked.grant == other.id)
        };
        if theirs().filter(|other| other.revoked.is_none()).count() >= PERSONAL_PER_USER {
            return Ok(AddPersonal::TooMany);
        }
        if theirs().filter(remembered).count() >= PERSONAL_ENDED_PER_USER {
            return Ok(AddPersonal::TooManyEnded);
        }
        let key = (tenant.clone(), client.client_id.clone());
        tables.clients.entry(key).or_insert_with(|| client.clone());
        tables.touch_client(tenant, &client.client_id, *now);
        tables.grants.insert(grant.id, grant.clone());
        Ok(AddPersonal::Done(Box::new(PersonalGranted::of(grant.clone()))))
    }
}

impl OnOracle<Vec<GrantRecord>> for PersonalTokensOfUser {
    fn on(&self, tables: &mut Tables) -> Result<Vec<GrantRecord>, StoreError> {
        let mut found = tables.personal_of(&self.tenant, &self.subject, self.now);
        found.reverse();
        Ok(found)
    }
}

impl OnOracle<Vec<GrantRecord>> for EndPersonalTokens {
    fn on(&self, tables: &mut Tables) -> Result<Vec<GrantRecord>, StoreError> {
        let mut ended = tables.personal_of(&self.tenant, &self.subject, self.now);
        ended.retain(|grant| tables.revoke(&grant.id, self.reason, self.now));
        Ok(ended)
    }
}

impl Tables {
    /// The live personal access tokens of a user, the oldest first.
    fn personal_of(&self, tenant: &Tenant, subject: &str, now: UnixTime) -> Vec<GrantRecord> {
        let theirs = |grant: &&GrantRecord| {
            grant.personal.is_some() && decide::grant_of_user(grant, tenant, subject, now)
        };
        let mut found: Vec<GrantRecord> = self.grants.values().filter(theirs).cloned().collect();
        found.sort_by_key(|grant| (grant.created, grant.id));
        found
    }
}
