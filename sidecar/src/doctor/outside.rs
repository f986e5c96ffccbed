//! Looks at one URL from outside, like a client. Checks that do not depend on each other run at the same time.

mod below;
mod challenge;
pub(super) mod clock;
mod connection;
mod cors;
mod discovery;
mod exposure;
mod given;
mod limits;
mod oauth;
mod registration;
mod stream;

use super::check::Check;
use super::ledger::{Ledger, Outcome};
use super::row::Place;

pub(super) use given::{Outside, Ports};

/// Returns the outcome of every check from outside.
pub(super) async fn look(outside: Outside<'_>) -> Vec<(Check, Outcome)> {
    let mut ledger = Ledger::default();
    let Some(first) = connection::check(&outside, &mut ledger).await else {
        return ledger.finish(Place::Outside);
    };
    let challenge = challenge::check(&outside, &first, &mut ledger);
    let parts = tokio::join!(
        connection::redirect(&outside),
        exposure::check(&outside),
        discovery::check(&outside, challenge.as_ref()),
        cors::check(&outside, challenge.as_ref()),
        limits::check(&outside, challenge.as_ref()),
        stream::check(&outside, challenge.as_ref()),
    );
    for part in [parts.0, parts.1, parts.2, parts.3, parts.4, parts.5] {
        ledger.merge(part);
    }
    ledger.finish(Place::Outside)
}
