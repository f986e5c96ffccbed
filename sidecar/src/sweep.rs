//! The background work: removing what has expired and keeping the key ring turning.
//!
//! One tick at a time, at a time that is an argument; the program calls it by an interval.

use crate::keys::KeyRing;
use crate::store::{StoreError, StoreHandle, SweepLimits, Swept};
use protocol::time::UnixTime;

/// Records of a kind removed in one transaction; short enough not to hold up a login.
const BATCH: usize = 500;
/// Transactions in one tick; what is left is the next tick's.
const ROUNDS: usize = 200;

/// One tick: the key ring first, then what has expired. A failure is logged and left to the next tick;
/// nothing depends on a sweep, because expired records count as gone anyway.
pub async fn tick(store: &StoreHandle, keys: &KeyRing, client_ttl_secs: u64, now: UnixTime) {
    let ring = keys.clone();
    match tokio::task::spawn_blocking(move || ring.tick(now)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::error!(detail = %error, "the signing keys could not be brought up to date");
        }
        Err(_) => tracing::error!("the key-ring task was lost"),
    }
    match sweep(store, client_ttl_secs, now).await {
        Ok(swept) if swept == Swept::default() => {}
        Ok(swept) => tracing::info!(
            logins = swept.logins,
            codes = swept.codes,
            refresh_tokens = swept.refresh_tokens,
            grants = swept.families,
            clients = swept.clients,
            "expired records removed"
        ),
        Err(error) => tracing::error!(detail = %error, "expired records could not be removed"),
    }
}

/// Removes what has expired, a batch per transaction, and says what went.
pub async fn sweep(store: &StoreHandle, client_ttl_secs: u64, now: UnixTime) -> Result<Swept, StoreError> {
    let limits = SweepLimits { client_idle_secs: client_ttl_secs, batch: BATCH };
    let mut total = Swept::default();
    for _ in 0..ROUNDS {
        let swept = store.sweep(now, limits).await?;
        total.logins += swept.logins;
        total.codes += swept.codes;
        total.refresh_tokens += swept.refresh_tokens;
        total.families += swept.families;
        total.clients += swept.clients;
        total.more = swept.more;
        if !swept.more {
            break;
        }
    }
    Ok(total)
}
