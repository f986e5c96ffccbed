//! Refresh tokens (RFC 6749 §6): rotation with a grace period; reuse revokes the grant (RFC 9700 §4.14.2).

use super::{ReadIntent, WriteIntent};
use crate::decide;
use crate::error::StoreError;
use crate::outcome::{Rotate, Rotated, Rotation};
use crate::record::{GrantRecord, Hash, RefreshRecord, RefreshState, RevokeReason};
use crate::rows::{clients, grants, tokens};
use crate::tables::keys::user_key;
use crate::tables::{Read, Write};
use protocol::server::refresh::Decision;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Returns a refresh token and its grant, if neither is expired or revoked. A rotated token is returned too (its
/// `state` tells). Reading changes nothing.
#[derive(Clone, Debug)]
pub struct FindRefresh {
    /// The tenant.
    pub tenant: Tenant,
    /// The hash of the token.
    pub token: Hash,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for FindRefresh {
    type Output = Option<(RefreshRecord, GrantRecord)>;

    fn run(&self, tx: &impl Read) -> Result<Self::Output, StoreError> {
        let Some(token) = tx.record::<RefreshRecord>(&self.token)? else { return Ok(None) };
        let grant = tx.record::<GrantRecord>(&token.grant.0)?;
        let grant = grant.filter(|grant| decide::refresh_visible(&token, grant, &self.tenant, self.now));
        Ok(grant.map(|grant| (token, grant)))
    }
}

/// Uses a refresh token, as [`protocol::server::refresh`] decides inside the transaction. The presented token is:
///
/// - Not used before: it becomes rotated, and `successor` is stored as the only active token ([`Rotation::Rotated`]).
/// - Rotated less than `grace_secs` ago, and its successor not used: [`Rotation::Repeat`] with the successor sealed at
///   the first use; the `successor` given here is dropped. So parallel callers all get the same successor.
/// - Rotated earlier, or its successor used: [`Rotation::ReuseDetected`]; the grant is revoked in this transaction.
/// - Issued to another client: [`Rotation::WrongClient`], nothing changes.
/// - Issued by another tenant, expired, revoked or unknown: [`Rotation::Gone`], nothing changes.
#[derive(Clone, Debug)]
pub struct RotateRefresh {
    /// The tenant.
    pub tenant: Tenant,
    /// The hash of the presented token.
    pub presented: Hash,
    /// The client that presents it.
    pub client_id: String,
    /// What to store when the token is rotated.
    pub rotate: Rotate,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for RotateRefresh {
    type Output = Rotation;

    fn run(&self, tx: &impl Write) -> Result<Rotation, StoreError> {
        let Self { tenant, presented, client_id, rotate, now } = self;
        let Some(token) = tx.record::<RefreshRecord>(presented)? else { return Ok(Rotation::Gone) };
        let grant = tx.record::<GrantRecord>(&token.grant.0)?;
        let grant = grant.filter(|grant| token.tenant == *tenant && grant.tenant == *tenant);
        let Some(mut grant) = grant else { return Ok(Rotation::Gone) };
        let before = user_key(&grant, false);
        let decision = decide::rotation(&token, &grant, client_id, rotate.grace_secs, *now, |successor| {
            let successor = tx.record::<RefreshRecord>(successor)?;
            Ok(successor.is_some_and(|token| decide::is_unused(&token, *now)))
        })?;
        let rotation = match decision {
            Decision::WrongClient => return Ok(Rotation::WrongClient),
            Decision::Gone => return Ok(Rotation::Gone),
            Decision::Reuse => {
                let id = grant.id;
                grants::revoke(tx, grant, RevokeReason::RefreshReused, *now)?;
                return Ok(Rotation::ReuseDetected { grant: id });
            }
            Decision::Repeat => decide::repeat(&token, &grant),
            Decision::Rotate => {
                self.put_successor(tx, token, &grant)?;
                Rotation::Rotated { rotated: Rotated::of(&grant) }
            }
        };
        if decide::refreshed(&mut grant, rotate) {
            grants::rewrite(tx, &grant, &before)?;
        }
        Ok(rotation)
    }
}

impl RotateRefresh {
    /// Stores the successor as the active token and marks `token` as rotated.
    fn put_successor(
        &self,
        tx: &impl Write,
        token: RefreshRecord,
        grant: &GrantRecord,
    ) -> Result<(), StoreError> {
        let generation = token.generation + 1;
        let successor = decide::refresh_record(grant, &self.rotate.successor, generation, self.now);
        tokens::put_new(tx, &successor)?;
        let state = RefreshState::Rotated {
            successor: successor.token,
            sealed_successor: self.rotate.sealed_successor.clone(),
            at: self.now,
        };
        tx.put(&self.presented, &RefreshRecord { state, ..token })?;
        tokens::forget_old(tx, &grant.id, generation)?;
        clients::touch(tx, &self.tenant, &self.client_id, self.now)
    }
}
