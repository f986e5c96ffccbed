//! Personal access tokens: making, listing and revoking them.
//!
//! Each token is stored as a grant without a refresh token, of the client
//! [`CLIENT_ID`](protocol::personal_token::CLIENT_ID), which every tenant with such tokens has. The token itself is
//! not stored.

use super::{ReadIntent, WriteIntent};
use crate::decide::{self, PersonalRoom};
use crate::error::StoreError;
use crate::outcome::{AddPersonal, PersonalGranted};
use crate::record::{ClientRecord, GrantRecord, RevokeReason};
use crate::rows::{clients, grants};
use crate::tables::keys::Mark;
use crate::tables::{Read, Write};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Stores a personal access token, and the client that it belongs to if the tenant has none yet.
///
/// The grant's id is derived from the request, so that a request that is sent twice finds the grant that it stored. Of
/// any number of parallel calls with one id, exactly one returns [`AddPersonal::Done`].
#[derive(Clone, Debug)]
pub struct AddPersonalToken {
    /// The tenant.
    pub tenant: Tenant,
    /// The client to store, if the tenant has none.
    pub client: ClientRecord,
    /// The grant to store.
    pub grant: GrantRecord,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for AddPersonalToken {
    type Output = AddPersonal;

    fn run(&self, tx: &impl Write) -> Result<AddPersonal, StoreError> {
        let Self { tenant, client, grant, now } = self;
        decide::check_personal(client, grant, tenant)?;
        if let Some(before) = tx.record::<GrantRecord>(&grant.id.0)? {
            return decide::added_before(before, grant, *now);
        }
        match grants::room_for_personal(tx, grant)? {
            PersonalRoom::Free => {}
            PersonalRoom::TooMany => return Ok(AddPersonal::TooMany),
            PersonalRoom::TooManyEnded => return Ok(AddPersonal::TooManyEnded),
        }
        match clients::find(tx, tenant, &client.client_id)? {
            Some(_) => clients::touch(tx, tenant, &client.client_id, *now)?,
            None => clients::add(tx, client)?,
        }
        grants::put_new(tx, grant)?;
        Ok(AddPersonal::Done(Box::new(PersonalGranted::of(grant.clone()))))
    }
}

/// Returns the live personal access tokens of a user at a tenant, the newest first: at most
/// [`PERSONAL_PER_USER`](crate::limits::PERSONAL_PER_USER).
#[derive(Clone, Debug)]
pub struct PersonalTokensOfUser {
    /// The tenant.
    pub tenant: Tenant,
    /// The user's `sub`.
    pub subject: String,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for PersonalTokensOfUser {
    type Output = Vec<GrantRecord>;

    fn run(&self, tx: &impl Read) -> Result<Vec<GrantRecord>, StoreError> {
        let mut found =
            grants::live_of_user(tx, (&self.tenant, &self.subject), &[Mark::PersonalLive], self.now)?;
        found.reverse();
        Ok(found)
    }
}

/// Revokes all personal access tokens of a user who lost access to a tenant; returns those that this call revoked.
#[derive(Clone, Debug)]
pub struct EndPersonalTokens {
    /// The tenant.
    pub tenant: Tenant,
    /// The user's `sub`.
    pub subject: String,
    /// The reason.
    pub reason: RevokeReason,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for EndPersonalTokens {
    type Output = Vec<GrantRecord>;

    fn run(&self, tx: &impl Write) -> Result<Vec<GrantRecord>, StoreError> {
        let live = grants::live_of_user(tx, (&self.tenant, &self.subject), &[Mark::PersonalLive], self.now)?;
        grants::revoke_each(tx, live, self.reason, self.now)
    }
}
