//! Authorization codes (RFC 6749 §4.1.2): redeemed once, before they expire, by their client.

use super::{ReadIntent, WriteIntent};
use crate::decide::{self, CodeUse, EXISTS, Room};
use crate::error::StoreError;
use crate::outcome::{NewGrant, Redeem, Redeemed};
use crate::record::{CodeRecord, GrantRecord, Hash, RevokeReason};
use crate::rows::{clients, codes, grants, tokens};
use crate::tables::{Read, Write};
use protocol::server::pkce::PkceProven;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Returns the code if it can be redeemed, or if it was redeemed and that is still remembered (`spent` tells which).
/// Does not redeem the code; only [`RedeemCode`] does.
#[derive(Clone, Debug)]
pub struct FindCode {
    /// The tenant.
    pub tenant: Tenant,
    /// The hash of the code.
    pub code: Hash,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for FindCode {
    type Output = Option<CodeRecord>;

    fn run(&self, tx: &impl Read) -> Result<Option<CodeRecord>, StoreError> {
        let code = tx.record::<CodeRecord>(&self.code)?;
        Ok(code.filter(|code| decide::code_use(code, &self.tenant, self.now) != CodeUse::Gone))
    }
}

/// Redeems a code for a grant. Validate client and redirect URI before this: if a check failed afterwards, the code
/// could not be redeemed again, because a second call revokes the grant. A PKCE proof for the challenge of another
/// code is refused ([`StoreError::Invariant`]).
///
/// Of any number of parallel calls, exactly one returns [`Redeem::Done`]; its grant and first refresh token are stored
/// in the same transaction. Each of the others finds the code redeemed and revokes the grant issued for it, in its own
/// transaction. A code of another tenant or client, or one that expired unredeemed, is [`Redeem::Unknown`]. A user has
/// at most [`GRANTS_PER_USER`](crate::limits::GRANTS_PER_USER) live grants; the oldest is revoked to make room. If a
/// user has [`ENDED_PER_USER`](crate::limits::ENDED_PER_USER) revoked grants whose access tokens may not have expired,
/// the result is [`Redeem::TooMany`].
#[derive(Clone, Debug)]
pub struct RedeemCode {
    /// The tenant.
    pub tenant: Tenant,
    /// The hash of the code.
    pub code: Hash,
    /// Proof that the code's PKCE verifier was presented.
    pub pkce: PkceProven,
    /// The grant to store.
    pub grant: NewGrant,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for RedeemCode {
    type Output = Redeem;

    fn run(&self, tx: &impl Write) -> Result<Redeem, StoreError> {
        let Self { tenant, code, pkce, grant: NewGrant { grant, refresh }, now } = self;
        decide::check_grant(grant, tenant)?;
        let record = tx.record::<CodeRecord>(code)?.filter(|code| code.client_id == grant.client_id);
        let Some(record) = record else { return Ok(Redeem::Unknown) };
        let found = decide::code_use(&record, tenant, *now);
        if found == CodeUse::Gone {
            return Ok(Redeem::Unknown);
        }
        decide::check_pkce(&record, pkce)?;
        if let CodeUse::Spent(grant) = found {
            if let Some(spent_for) = tx.record::<GrantRecord>(&grant.0)? {
                grants::revoke(tx, spent_for, RevokeReason::CodeReused, *now)?;
            }
            return Ok(Redeem::AlreadySpent { grant });
        }
        if tx.record::<GrantRecord>(&grant.id.0)?.is_some() {
            return Err(EXISTS);
        }
        let crowded_out = match grants::make_room(tx, grant, *now)? {
            Room::Made { crowded_out } => crowded_out,
            Room::None => return Ok(Redeem::TooMany),
        };
        let spent = decide::spent(record.clone(), grant.id, *now);
        codes::replace(tx, &record, &spent)?;
        grants::put_new(tx, grant)?;
        if let Some(token) = refresh {
            tokens::put_new(tx, &decide::refresh_record(grant, token, 0, *now))?;
        }
        clients::touch(tx, tenant, &grant.client_id, *now)?;
        Ok(Redeem::Done { redeemed: Redeemed::of(grant), crowded_out })
    }
}
