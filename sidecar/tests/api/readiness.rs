//! `/readyz`: the answer comes in time, whatever the store does.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use store::AuditLimits;
use store::intent::audit::{Append, Audited};
use tokio::sync::mpsc::unbounded_channel;
use tower::ServiceExt as _;

use super::support::World;

async fn readyz(operations: Router) -> (StatusCode, String) {
    let response = operations.oneshot(Request::get("/readyz").body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// Defence: the time limit. Without it, the probe below does not end before the operation that holds the store.
#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_respond_is_reported_within_two_seconds() {
    let world = World::new();
    assert_eq!(readyz(world.operations.clone()).await.0, 200);
    // An operation that does not end keeps the store in memory to itself.
    let ((begun, mut has_begun), (release, held)) = (unbounded_channel(), mpsc::channel::<()>());
    let held = Mutex::new(held);
    let rows = move |_: &_| {
        let _ = begun.send(());
        let _ = held.lock().unwrap().recv();
        Vec::new()
    };
    let nothing = Append { rows: Vec::new(), limits: AuditLimits::DEFAULT };
    let app = Arc::clone(&world.app);
    let busy = tokio::spawn(async move {
        app.store.write(Audited::new(nothing, AuditLimits::DEFAULT, rows)).await.unwrap();
    });
    has_begun.recv().await.unwrap();
    let probe = tokio::spawn(readyz(world.operations.clone()));
    settle().await;
    assert!(!probe.is_finished());
    tokio::time::advance(Duration::from_secs(2)).await;
    settle().await;
    let in_time = probe.is_finished();
    drop(release);
    assert!(in_time);
    assert_eq!(
        probe.await.unwrap(),
        (StatusCode::SERVICE_UNAVAILABLE, "the store does not respond in time\n".into())
    );
    busy.await.unwrap();
    assert_eq!(readyz(world.operations.clone()).await, (StatusCode::OK, "ready\n".into()));
}

/// Lets every task on this thread do what it can do.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
