//! Authorization codes (RFC 6749 §4.1.2): once, in time, for their client.

use super::{ReadIntent, WriteIntent};
use crate::answer::{NewGrant, Redeem, Redeemed};
use crate::decide::{self, CodeUse, EXISTS, Room};
use crate::error::StoreError;
use crate::record::{CodeRecord, GrantRecord, Hash, RevokeReason, Spent};
use crate::rows::{clients, codes, grants, tokens};
use crate::tables::{Read, Write};
use protocol::server::pkce::PkceProven;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Returns the code: unspent and not expired, or spent and still remembered (`spent` says which). Reading changes
/// nothing; only [`RedeemCode`] spends.
#[derive(Clone, Debug)]
pub struct FindCode {
    /// Where it was issued.
    pub tenant: Tenant,
    /// The hash of the code.
    pub code: Hash,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for FindCode {
    type Answer = Option<CodeRecord>;

    fn run(&self, tx: &impl Read) -> Result<Option<CodeRecord>, StoreError> {
        let code = tx.record::<CodeRecord>(&self.code)?;
        Ok(code.filter(|code| decide::code_use(code, &self.tenant, self.now) != CodeUse::Gone))
    }
}

/// Spends a code for a grant. Validate client and redirect URI before: a second call revokes. The PKCE proof must be of
/// this code's challenge ([`StoreError::Invariant`]).
///
/// Of any number of parallel calls exactly one is [`Redeem::Done`]; its grant and first refresh token are stored in
/// the same transaction. Every other finds the code spent and revokes the grant it was spent for, in its transaction. A
/// code of another tenant or client, or expired unspent, is [`Redeem::Unknown`]. A user has
/// [`GRANTS_PER_USER`](crate::limits::GRANTS_PER_USER) live grants at most, the oldest gives way; a user who ended
/// [`ENDED_PER_USER`](crate::limits::ENDED_PER_USER) within the life of their tokens gets [`Redeem::TooMany`].
#[derive(Clone, Debug)]
pub struct RedeemCode {
    /// Where it was issued.
    pub tenant: Tenant,
    /// The hash of the code.
    pub code: Hash,
    /// The verifier of its challenge was presented.
    pub pkce: PkceProven,
    /// What it is redeemed for.
    pub grant: NewGrant,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for RedeemCode {
    type Answer = Redeem;

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
        let spent = CodeRecord { spent: Some(Spent { grant: grant.id, at: *now }), ..record.clone() };
        codes::replace(tx, &record, &spent)?;
        grants::put_new(tx, grant)?;
        if let Some(token) = refresh {
            tokens::put_new(tx, &decide::refresh_record(grant, token, 0, *now))?;
        }
        clients::touch(tx, tenant, &grant.client_id, *now)?;
        Ok(Redeem::Done { redeemed: Redeemed::of(grant), crowded_out })
    }
}
