//! What waits to be revoked at its provider. It is charged to the user and to the tenant, so that neither takes the room of
//! others.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use store::crypto::Sealed;
use store::record::GrantRecord;
use tokio::sync::Notify;

use crate::edge::Place;

/// The most that waits. The provider has five seconds for each.
const ROOM: usize = 256;
/// The most that waits of one tenant.
const ROOM_OF_TENANT: usize = 64;
/// The most that waits of one user.
const ROOM_OF_USER: usize = 16;

/// What a grant holds of the provider: the refresh token, with which the provider revokes the access tokens too (RFC 7009
/// §2.1), or else the access token. Sealed for the grant.
pub(super) enum Held {
    Refresh(Sealed),
    Access(Sealed),
}

impl Held {
    /// `None` if it holds nothing.
    pub(super) fn of(grant: &GrantRecord) -> Option<Self> {
        let access = || grant.upstream_token.as_ref().map(|token| Self::Access(token.sealed.clone()));
        grant.upstream_refresh.clone().map(Self::Refresh).or_else(access)
    }
}

/// A grant that ended.
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
    /// `false` if there is no room.
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

    /// The one that has waited longest. It stays until [`Self::done`].
    pub(super) fn first(&self) -> Option<Arc<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).front().cloned()
    }

    /// Removes the first one.
    pub(super) fn done(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    }

    /// Waits until something was put in since the last call.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Empties it; returns how many waited.
    pub(super) fn clear(&self) -> usize {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *waiting).len()
    }
}
