//! Ensures that every request on the OAuth listener gets a response within eight seconds, if necessary an error.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use events::{Event, Field, Kind, Reason};
use tokio::time::timeout;

use super::context::{is_page, mark};
use crate::journal::Journal;
use crate::wire::error::{Failure, PageFailure};

/// After this time the response is an error, because OAuth clients give up after ten seconds.
pub const DEADLINE: Duration = Duration::from_secs(8);

/// Responds with 503 if the route takes longer than [`DEADLINE`]. A write that the route has started in the store still
/// commits or fails as a whole.
pub async fn layer(State(journal): State<Journal>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let for_people = is_page(&path);
    if let Ok(response) = timeout(DEADLINE, next.run(request)).await {
        return response;
    }
    let event = Event::because(Kind::Request, Reason::Deadline).with(Field::Path, path);
    journal.record(event.saying("the request exceeded the deadline"));
    let failure = Failure::unavailable(Reason::Deadline, "the request took more than eight seconds");
    let mut response =
        if for_people { PageFailure(failure).into_response() } else { failure.into_response() };
    mark(response.headers_mut());
    response
}
