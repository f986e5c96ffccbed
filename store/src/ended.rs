//! Grants that an operation ended while they held tokens of a provider, so that the provider can be asked to revoke
//! those (RFC 7009).
//!
//! Every operation that ends a grant notes it in its transaction, in one place: `rows::grants::revoke`. Once the
//! transaction is committed, [`StoreHandle::write`](crate::StoreHandle::write) passes the notes on, so no caller of the
//! handle can forget them. If PostgreSQL commits but its answer is lost, the notes are lost too.

use crate::record::{GrantRecord, RevokeReason};

/// A grant that has just ended and that held a token of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedGrant {
    /// The grant as it was before, so that it still holds the tokens.
    pub grant: GrantRecord,
    /// Why it ended.
    pub reason: RevokeReason,
}

impl EndedGrant {
    /// The note that this grant ends for this reason; `None` if it holds no token of a provider.
    pub(crate) fn of(grant: &GrantRecord, reason: RevokeReason) -> Option<Self> {
        let holds = grant.upstream_refresh.is_some() || grant.upstream_token.is_some();
        holds.then(|| Self { grant: grant.clone(), reason })
    }
}

/// Is told of ended grants.
pub trait OnEnded: Send + Sync {
    /// These grants have ended, and that is durable. Runs on the thread of the operation, so it must not wait.
    fn ended(&self, grants: Vec<EndedGrant>);
}
