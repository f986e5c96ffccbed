//! Responses come in time, whatever the store does: those of `/readyz` and `/metrics` within two seconds, all others
//! within eight.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use protocol::context::Endpoint;
use store::intent::audit::{Append, Audited};
use store::{Appended, AuditLimits};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use super::support::{CALLBACK, Site, World};

async fn readyz(operations: Router) -> (StatusCode, String) {
    get(operations, "/readyz").await
}

async fn get(operations: Router, path: &str) -> (StatusCode, String) {
    let response = operations.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// An operation that blocks the in-memory store until the test releases it.
struct Held {
    release: mpsc::Sender<()>,
    operation: JoinHandle<()>,
}

impl Held {
    async fn begin(world: &World) -> Self {
        let ((begun, mut has_begun), (release, held)) = (unbounded_channel(), mpsc::channel::<()>());
        let held = Mutex::new(held);
        let rows = move |_: &Appended| {
            let _ = begun.send(());
            let _ = held.lock().unwrap().recv();
            Vec::new()
        };
        let nothing = Append { rows: Vec::new(), limits: AuditLimits::DEFAULT };
        let app = Arc::clone(&world.app);
        let operation = tokio::spawn(async move {
            app.store.write(Audited::new(nothing, AuditLimits::DEFAULT, rows)).await.unwrap();
        });
        has_begun.recv().await.unwrap();
        Self { release, operation }
    }

    async fn end(self) {
        drop(self.release);
        self.operation.await.unwrap();
    }
}

/// `/readyz` waits for the store only for a limited time. Otherwise the probe would wait until the operation releases
/// the store.
#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_respond_is_reported_within_two_seconds() {
    let world = World::new();
    assert_eq!(readyz(world.operations.clone()).await.0, 200);
    let held = Held::begin(&world).await;
    let probe = tokio::spawn(readyz(world.operations.clone()));
    settle().await;
    assert!(!probe.is_finished());
    tokio::time::advance(Duration::from_secs(2)).await;
    settle().await;
    let in_time = probe.is_finished();
    held.end().await;
    assert!(in_time);
    let (status, said) = probe.await.unwrap();
    assert_eq!((status, &*said), (StatusCode::SERVICE_UNAVAILABLE, "the store does not respond in time\n"));
    assert!(world.reasons().contains("not_ready"));
    assert_eq!(readyz(world.operations.clone()).await, (StatusCode::OK, "ready\n".into()));
}

/// The series whose values only the store knows.
const STORED: [&str; 5] = [
    "bouncer_clients_in_db ",
    "bouncer_refresh_tokens_in_db ",
    "bouncer_grants_in_db ",
    "bouncer_logins_in_progress ",
    "bouncer_store_entries{",
];

/// A scrape waits for a silent store for only two seconds. The numbers that are not known then are left out; the last
/// numbers, or zero, would be wrong.
#[tokio::test(start_paused = true)]
async fn metrics_come_within_two_seconds_without_what_a_silent_store_does_not_count() {
    let world = World::new();
    let has = |text: &str, series: &str| text.lines().any(|line| line.starts_with(series));
    let complete = async || {
        let (status, text) = get(world.operations.clone(), "/metrics").await;
        assert_eq!(status, 200);
        assert!(text.contains("\nbouncer_store_up 1\n"), "{text}");
        assert!(STORED.iter().all(|series| has(&text, series)), "{text}");
    };
    complete().await;
    let held = Held::begin(&world).await;
    let operations = world.operations.clone();
    let scrape = tokio::spawn(async { get(operations, "/metrics").await });
    settle().await;
    assert!(!scrape.is_finished());
    tokio::time::advance(Duration::from_secs(2)).await;
    settle().await;
    let in_time = scrape.is_finished();
    held.end().await;
    assert!(in_time);
    let (status, text) = scrape.await.unwrap();
    assert_eq!(status, 200);
    assert!(text.contains("\nbouncer_store_up 0\n") && text.ends_with("\n# EOF\n"), "{text}");
    assert!(!STORED.iter().any(|series| has(&text, series)), "{text}");
    assert!(has(&text, "bouncer_store_writes_waiting 1"), "{text}");
    assert!(
        has(&text, "bouncer_events_total{kind=\"operation\",outcome=\"failed\",reason=\"not_ready\"} 1"),
        "{text}"
    );
    complete().await;
}

/// [`sidecar::edge::deadline`] ends the request. Otherwise it would take as long as the store.
#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_ends_after_eight_seconds() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let held = Held::begin(&world).await;
    let pairs = [("grant_type", "refresh_token"), ("client_id", &*client), ("refresh_token", "mcpb_rt_none")];
    let request = world.post_form(&site, Endpoint::Token, &pairs);
    let eight_seconds = async {
        settle().await;
        tokio::time::advance(Duration::from_secs(8)).await;
    };
    let (reply, ()) = tokio::join!(request, eight_seconds);
    assert_eq!(reply.status, 503, "{reply:?}");
    assert!(world.reasons().contains("deadline"));
    held.end().await;
}

/// Lets every task on this thread run as far as it can.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
