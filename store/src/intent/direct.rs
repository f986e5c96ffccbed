//! Grants that no login led to: a client's own grant (RFC 6749 §4.4), and a grant for which the identity provider
//! named the user in an assertion (RFC 7523 §2.1).

use super::WriteIntent;
use crate::decide::{self, EXISTS, Room};
use crate::direct_grant::{DirectGrant, Granted};
use crate::error::StoreError;
use crate::record::{AssertionRecord, GrantRecord};
use crate::rows::{assertions, clients, grants};
use crate::tables::Write;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Makes sure that there is a live grant without a redirect URI for this client and subject. If an assertion is given,
/// also marks it as used and the client as approved, as if a user had approved the client: the provider, which names
/// the client in the assertion, vouches for it.
///
/// If there is such a grant, it continues with the new scopes, resource, user and address, and with the later of the
/// two expiry times. So a client that asks for a token every minute has one grant. Otherwise the new grant is stored,
/// within the same limits as a grant for a code ([`RedeemCode`](super::codes::RedeemCode)).
///
/// Of any number of parallel calls with one assertion, exactly one returns [`DirectGrant::Done`]. All others return
/// [`DirectGrant::AssertionUsed`] and change nothing.
#[derive(Clone, Debug)]
pub struct PutDirectGrant {
    /// The tenant.
    pub tenant: Tenant,
    /// The grant; its redirect URI is empty ([`StoreError::Invariant`]).
    pub grant: GrantRecord,
    /// The provider's assertion that the client presented, if any.
    pub assertion: Option<AssertionRecord>,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for PutDirectGrant {
    type Output = DirectGrant;

    fn run(&self, tx: &impl Write) -> Result<DirectGrant, StoreError> {
        let Self { tenant, grant, assertion, now } = self;
        decide::check_direct(grant, tenant)?;
        if let Some(assertion) = assertion
            && !assertions::is_fresh(tx, assertion, *now)?
        {
            return Ok(DirectGrant::AssertionUsed);
        }
        let (granted, crowded_out) = if let Some(before) = grants::find_direct(tx, grant, *now)? {
            let after = decide::continued(&before, grant);
            grants::replace(tx, &before, &after)?;
            (Granted::again(&after), None)
        } else {
            // The id is random, so the caller made a mistake.
            if tx.record::<GrantRecord>(&grant.id.0)?.is_some() {
                return Err(EXISTS);
            }
            let Room::Made { crowded_out } = grants::make_room(tx, grant, *now)? else {
                return Ok(DirectGrant::TooMany);
            };
            grants::put_new(tx, grant)?;
            (Granted::new(grant), crowded_out)
        };
        if let Some(assertion) = assertion {
            assertions::put(tx, assertion)?;
            if let Some(client) = clients::find(tx, tenant, &grant.client_id)? {
                clients::change(tx, client, |client| decide::approve(client, *now))?;
            }
        } else {
            clients::touch(tx, tenant, &grant.client_id, *now)?;
        }
        Ok(DirectGrant::Done { granted, crowded_out })
    }
}
