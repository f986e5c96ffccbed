//! Measures every response of the OAuth listener.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use protocol::context::Endpoint;
use store::Stopwatch;

use crate::journal::Journal;
use crate::telemetry::current_sampled_trace_id;

/// Counts the response by endpoint and status, and measures how long it took. Runs within the span of the request.
pub async fn layer(State(journal): State<Journal>, request: Request, next: Next) -> Response {
    let endpoint = Endpoint::label(request.uri().path()).unwrap_or("other");
    let watch = Stopwatch::start();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), watch.elapsed());
    journal.metrics().responded(endpoint, status, took, current_sampled_trace_id());
    response
}
