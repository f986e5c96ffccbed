//! Measures every response of the OAuth listener.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use protocol::context::Endpoint;
use store::Stopwatch;

use crate::journal::Journal;

/// Counts the response and its duration, by endpoint and status.
pub async fn layer(State(journal): State<Journal>, request: Request, next: Next) -> Response {
    let endpoint = Endpoint::label(request.uri().path()).unwrap_or("other");
    let watch = Stopwatch::start();
    let response = next.run(request).await;
    journal.metrics().responded(endpoint, response.status().as_u16(), watch.elapsed());
    response
}
