//! Serializes the refreshes of one grant if the provider is asked at each refresh: presenting a refresh token to the
//! provider twice may end the session there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use store::record::GrantId;
use tokio::sync::OwnedMutexGuard;

/// One lock per grant; a lock that nobody holds or waits for is removed.
#[derive(Debug, Default)]
pub struct GrantLocks(Mutex<HashMap<GrantId, Arc<tokio::sync::Mutex<()>>>>);

impl GrantLocks {
    /// Waits for the grant's lock.
    pub(super) async fn lock(&self, grant: GrantId) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            locks.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(locks.entry(grant).or_default())
        };
        lock.lock_owned().await
    }
}
