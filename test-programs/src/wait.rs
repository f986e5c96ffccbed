//! Waits for conditions instead of sleeping: a condition is checked repeatedly until a deadline.

use std::time::Duration;

/// How long anything may take to become ready. Generous, because machines that run tests are slow and busy.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Calls `condition` until it returns a value; panics with `what` after [`DEADLINE`].
pub async fn until<T>(what: &str, condition: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(DEADLINE, what, condition).await
}

/// The same with another deadline, for conditions that are known to be slow.
pub async fn until_within<T>(
    deadline: Duration,
    what: &str,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let polled = async {
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    match tokio::time::timeout(deadline, polled).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: not within {} s", deadline.as_secs()),
    }
}

/// Sleeps, because another project's program needs time to pass: its clock cannot be set, and it does not show when its
/// own timeout has expired. Do not use it for anything else.
pub async fn foreign_clock(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Awaits `future`; panics with `what` after [`DEADLINE`].
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: not within {} s", DEADLINE.as_secs()),
    }
}
