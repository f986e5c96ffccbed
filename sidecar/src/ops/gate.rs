//! Lets a request through only with a proof that the caller knows the encryption key, and passes [`Proven`] to its
//! handler.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use events::{Event, Field, Kind, Reason};
use http_body_util::{BodyExt as _, Limited};
use protocol::encoding::sha256;
use protocol::time::UnixTime;
use serde::de::DeserializeOwned;
use store::crypto::Sealer;

use super::limits::{MOST_BODY, MOST_REQUESTS};
use super::nonces::{Nonces, Spent};
use super::proof::{Actor, Claim, Instance, Subject};

use crate::budget::{Extra, Meter, Resource};
use crate::clock::Clock;
use crate::edge::refusals::RefusalLog;
use crate::journal::Journal;
use crate::listen::Peer;
use crate::wire::headers::single;

/// Verifies proofs.
pub struct Gate {
    journal: Journal,
    clock: Arc<dyn Clock>,
    sealer: Sealer,
    meter: Meter,
    instance: Instance,
    nonces: Nonces,
    refusals: RefusalLog,
}

/// Why a request is refused. The reason is only for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error("there is no proof, or more than one")]
    Missing,
    #[error("the proof was made with another key, for another request, or for another run of this server")]
    Other,
    #[error("the proof is older or newer than a minute: look at both clocks")]
    Stale,
    #[error("the proof was used before")]
    Replayed,
    #[error("too many proofs were accepted in the last two minutes")]
    Full,
    #[error("the body is another than the one that was proven, or too long")]
    Body,
    #[error("there were too many requests from this address in the last minute")]
    TooMany,
}

/// A request whose caller knows the encryption key. Only [`layer`] makes this value.
///
/// ```compile_fail
/// let forged = sidecar::ops::Proven { actor: todo!(), body: todo!() };
/// ```
#[derive(Clone, Debug)]
pub struct Proven {
    actor: Actor,
    body: Bytes,
}

impl Proven {
    /// Returns the name that the caller gives.
    pub fn actor(&self) -> &str {
        self.actor.as_str()
    }

    /// Reads the body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Proven {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        // The layer adds this value before any route runs, so a missing one is a bug in this server.
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::FORBIDDEN)
    }
}

impl Gate {
    /// Makes a gate for this run of the server.
    pub fn new(
        journal: Journal,
        clock: Arc<dyn Clock>,
        sealer: Sealer,
        meter: Meter,
        instance: Instance,
    ) -> Self {
        let (nonces, refusals) = (Nonces::default(), RefusalLog::default());
        Self { journal, clock, sealer, meter, instance, nonces, refusals }
    }

    /// Verifies the proof in the headers, without the body, and marks its nonce as used.
    fn claim(&self, headers: &HeaderMap, subject: Subject<'_>, now: UnixTime) -> Result<Claim, Refusal> {
        let proof = single(headers, &header::AUTHORIZATION).ok_or(Refusal::Missing)?;
        let claim = Claim::verified(&self.sealer, proof, subject).ok_or(Refusal::Other)?;
        if !claim.at.within_skew_of(now) {
            return Err(Refusal::Stale);
        }
        match self.nonces.accept(claim.at, claim.nonce, now) {
            Ok(()) => Ok(claim),
            Err(Spent::Replayed) => Err(Refusal::Replayed),
            Err(Spent::Full) => Err(Refusal::Full),
        }
    }

    async fn proven(&self, request: Request) -> Result<Request, Refusal> {
        let (mut parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let subject = Subject { instance: self.instance, method: parts.method.as_str(), target };
        let claim = self.claim(&parts.headers, subject, self.clock.now())?;
        let body = Limited::new(body, MOST_BODY).collect().await.map_err(|_| Refusal::Body)?.to_bytes();
        if sha256(&body) != claim.body {
            return Err(Refusal::Body);
        }
        parts.extensions.insert(Proven { actor: claim.actor, body });
        Ok(Request::from_parts(parts, Body::empty()))
    }

    /// Charges the address for a request. Fails if the address has sent too many requests in this minute.
    fn charge(&self, peer: Option<IpAddr>) -> Result<(), Refusal> {
        let key = peer.map(|peer| peer.to_string()).unwrap_or_default();
        let limit = Extra { what: "operations requests of this address", key: &key, count: MOST_REQUESTS };
        self.meter.charge_only(Resource::Request, &[limit]).map_err(|_| Refusal::TooMany)
    }

    fn record(&self, refusal: Refusal, path: &str, peer: Option<IpAddr>) {
        let path: String = path.chars().filter(char::is_ascii_graphic).take(100).collect();
        let log = self.refusals.should_log(Reason::Unproven, self.clock.now());
        let event = Event::because(Kind::Operation, Reason::Unproven)
            .address(peer)
            .detail(refusal)
            .with(Field::Path, path)
            .with(Field::RefusedSoFar, self.refusals.refused())
            .saying("a request to the operations listener was refused: it does not prove the encryption key");
        if log { self.journal.record(event) } else { self.journal.count(&event) }
    }
}

/// Calls the route if the request has a valid proof; otherwise responds with 403 and an empty body.
pub async fn layer(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let path = request.uri().path().to_owned();
    let proven = match gate.charge(peer) {
        Ok(()) => gate.proven(request).await,
        Err(refusal) => Err(refusal),
    };
    match proven {
        Ok(request) => next.run(request).await,
        Err(refusal) => {
            gate.record(refusal, &path, peer);
            StatusCode::FORBIDDEN.into_response()
        }
    }
}

/// Handles `GET /admin/instance`, and responds with the [`Instance`] of this run of the server.
pub async fn instance(State(gate): State<Arc<Gate>>) -> String {
    format!("{}\n", gate.instance)
}
