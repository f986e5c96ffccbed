//! Every request is answered within eight seconds, one way or the other.

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::time::timeout;

use super::context::mark;
use crate::wire::error::Failure;

/// Clients of the OAuth endpoints give up after ten.
pub const DEADLINE: Duration = Duration::from_secs(8);

/// Answers 503 in the route's place when time is up. What the route had begun in the store is
/// finished there or not at all; nothing is half-written.
pub async fn layer(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if let Ok(response) = timeout(DEADLINE, next.run(request)).await {
        return response;
    }
    tracing::error!(reason = "deadline", path, "a request took too long");
    let mut response = Failure::unavailable("deadline", "over eight seconds").into_response();
    mark(response.headers_mut());
    response
}
