//! The queue of tokens that their providers are to revoke. Its room is limited for each user and for each tenant, so
//! that neither takes the room of others.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::settings::BoxItem;
use store::crypto::Sealed;
use store::record::{GrantRecord, RevokeReason};
use store::{EndedGrant, OnEnded};
use tokio::sync::Notify;

use crate::edge::{KnownTenants, Place};

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

/// A grant that ended and whose token is to be revoked. `place` is `None` if the tenant's options are not known.
pub(super) struct Waiting {
    pub(super) place: Option<Arc<Place>>,
    pub(super) grant: GrantRecord,
    pub(super) held: Held,
}

/// The grants that ended and whose tokens their providers are to revoke.
#[derive(Debug)]
pub struct Queue {
    known: KnownTenants,
    entries: Mutex<Entries>,
    filled: Notify,
}

#[derive(Default)]
struct Entries {
    waiting: VecDeque<Arc<Waiting>>,
    /// How many were left out for lack of room, and have not been reported yet.
    without_room: usize,
}

impl std::fmt::Debug for Entries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entries")
    }
}

impl OnEnded for Queue {
    fn ended(&self, grants: Vec<EndedGrant>) {
        for EndedGrant { grant, reason } in grants {
            if asks_provider_after(reason)
                && let Some(held) = Held::of(&grant)
            {
                let place = self.known.with_options(&grant.tenant);
                // Nothing is revoked at tenants without the option. Without the options, only a stored access token
                // shows that the option is set.
                let has_option = match &place {
                    Some(place) => place.settings.boxes(BoxItem::UpstreamToken),
                    None => grant.upstream_token.is_some(),
                };
                if has_option {
                    self.put(Waiting { place, grant, held });
                }
            }
        }
    }
}

/// Whether the provider is asked to revoke its tokens after a grant ended for this reason.
const fn asks_provider_after(reason: RevokeReason) -> bool {
    match reason {
        // A provider that has refused the grant's token has already ended it itself.
        RevokeReason::UpstreamRefused => false,
        RevokeReason::CodeReused
        | RevokeReason::RefreshReused
        | RevokeReason::UserRefused
        | RevokeReason::ByClient
        | RevokeReason::ClientRemoved
        | RevokeReason::RedirectDropped
        | RevokeReason::ByAdministrator
        | RevokeReason::ByUser
        // Usually another grant of the user holds tokens, and then nothing is revoked.
        | RevokeReason::CrowdedOut => true,
    }
}

impl Queue {
    /// Makes an empty queue. `known` are the tenants whose options the sidecar has learnt from requests.
    pub fn new(known: &KnownTenants) -> Self {
        Self { known: known.clone(), entries: Mutex::default(), filled: Notify::new() }
    }

    /// Adds an entry, or counts it as left out if there is no room for it.
    fn put(&self, new: Waiting) {
        let mut entries = self.entries();
        let of_tenant = entries.waiting.iter().filter(|other| other.grant.tenant == new.grant.tenant);
        let of_user = of_tenant.clone().filter(|other| other.grant.identity.sub == new.grant.identity.sub);
        let has_room = entries.waiting.len() < ROOM
            && of_tenant.count() < ROOM_OF_TENANT
            && of_user.count() < ROOM_OF_USER;
        if has_room {
            entries.waiting.push_back(Arc::new(new));
        } else {
            entries.without_room += 1;
        }
        drop(entries);
        self.filled.notify_one();
    }

    /// Returns the oldest entry, which stays in the queue until [`Self::done`]; `None` if the queue is empty.
    pub(super) fn first(&self) -> Option<Arc<Waiting>> {
        self.entries().waiting.front().cloned()
    }

    /// Removes the oldest entry.
    pub(super) fn done(&self) {
        self.entries().waiting.pop_front();
    }

    /// Waits until an entry was added, or left out, since the last call.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Returns how many entries were left out for lack of room since the last call.
    pub(super) fn without_room(&self) -> usize {
        std::mem::take(&mut self.entries().without_room)
    }

    /// Removes all entries. Returns their number.
    pub(super) fn clear(&self) -> usize {
        std::mem::take(&mut self.entries().waiting).len()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
