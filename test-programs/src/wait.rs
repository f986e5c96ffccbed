//! Waiting for a condition, never for time: the condition is asked again until a deadline.

use std::time::Duration;

/// How long anything may take to get ready. Generous: machines that run tests are slow and busy.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Asks `condition` until it gives a value; panics naming `what` after [`DEADLINE`].
pub async fn until<T>(what: &str, condition: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(DEADLINE, what, condition).await
}

/// The same with another deadline, for what is known to be slow.
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

/// Lets time pass for a program that others wrote, whose clock is nobody's parameter and which shows nothing when a time
/// of its own is over. For nothing else.
pub async fn foreign_clock(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Awaits `future`; panics naming `what` after [`DEADLINE`].
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: not within {} s", DEADLINE.as_secs()),
    }
}
