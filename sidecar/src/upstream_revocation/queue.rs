//! The queue of tokens that their providers are to revoke. Its room is limited for each user and for each tenant, so
//! that neither takes the room of others.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use store::crypto::Sealed;
use store::record::GrantRecord;
use tokio::sync::Notify;

use crate::edge::Place;

/// The maximum number of entries. The provider has five seconds for each.
const ROOM: usize = 256;
/// The maximum number of entries of one tenant.
const ROOM_OF_TENANT: usize = 64;
/// The maximum number of entries of one user of a tenant.
const ROOM_OF_USER: usize = 16;

/// The token of the provider that a grant holds, sealed for the grant: the refresh token if there is one, because a
/// provider that revokes it should revoke its access tokens, too (RFC 7009 §2.1); otherwise the access token.
pub(super) enum Held {
    Refresh(Sealed),
    Access(Sealed),
}

impl Held {
    /// Returns the token that this grant holds; `None` if it holds none.
    pub(super) fn of(grant: &GrantRecord) -> Option<Self> {
        let access = || grant.upstream_token.as_ref().map(|token| Self::Access(token.sealed.clone()));
        grant.upstream_refresh.clone().map(Self::Refresh).or_else(access)
    }
}

/// A grant that ended and whose token is to be revoked.
pub(super) struct Waiting {
    pub(super) place: Arc<Place>,
    pub(super) grant: GrantRecord,
    pub(super) held: Held,
}

#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<VecDeque<Arc<Waiting>>>,
    filled: Notify,
}

impl Queue {
    /// Adds an entry. Returns `false` if there is no room for it.
    pub(super) fn put(&self, new: Waiting) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = waiting.iter().filter(|other| other.grant.tenant == new.grant.tenant);
        let of_user = of_tenant.clone().filter(|other| other.grant.identity.sub == new.grant.identity.sub);
        let has_room =
            waiting.len() < ROOM && of_tenant.count() < ROOM_OF_TENANT && of_user.count() < ROOM_OF_USER;
        if has_room {
            waiting.push_back(Arc::new(new));
            self.filled.notify_one();
        }
        has_room
    }

    /// Returns the oldest entry, which stays in the queue until [`Self::done`]; `None` if the queue is empty.
    pub(super) fn first(&self) -> Option<Arc<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).front().cloned()
    }

    /// Removes the oldest entry.
    pub(super) fn done(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    }

    /// Waits until an entry was added since the last call.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Removes all entries. Returns their number.
    pub(super) fn clear(&self) -> usize {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *waiting).len()
    }
}
