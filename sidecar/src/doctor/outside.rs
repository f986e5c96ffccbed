//! Looks at one URL from outside, like a client. What does not depend on each other runs at the same time.

mod challenge;
pub(super) mod clock;
mod connection;
mod cors;
mod discovery;
mod exposure;
mod limits;
mod oauth;
mod registration;
mod stream;

use protocol::secret::Secret;
use reqwest::Certificate;

use super::check::Check;
use super::ledger::{Ledger, Outcome};
use super::probe::Probe;
use super::row::Place;
use super::target::Target;
use crate::clock::Clock;

/// What the checks from outside need.
pub(super) struct Outside<'a> {
    /// The URL.
    pub(super) target: &'a Target,
    /// Sends requests to it.
    pub(super) probe: Probe,
    /// Certificates of authorities that are trusted too.
    pub(super) authorities: &'a [Certificate],
    /// An access token for the URL.
    pub(super) token: Option<&'a Secret<String>>,
    /// This machine's clock.
    pub(super) clock: &'a dyn Clock,
    /// The ports of MCP servers and of the sidecar, if they are known.
    pub(super) ports: Ports,
}

/// Ports that should not be public.
#[derive(Clone, Debug, Default)]
pub(super) struct Ports {
    /// Of MCP servers, as Traefik's API lists them.
    pub(super) servers: Vec<u16>,
    /// Of the sidecar's operations listener.
    pub(super) operations: Option<u16>,
    /// Of the sidecar's OAuth listener.
    pub(super) oauth: Option<u16>,
    /// Of Traefik's API.
    pub(super) api: Option<u16>,
}

/// The outcome of every check from outside. Fails if no HTTP client can be made.
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
