//! HTTP requests to hosts that clients name: for a metadata document or a key set.
//!
//! Such a URL comes from anyone who opens the authorization page or registers a client, so an attacker could use it to
//! make this server call machines on its own network, or to attack other servers. The requests therefore use the
//! guarded HTTP client (public addresses only, checked when the connection is made; no redirects) and go to port 443
//! only. They are charged to the caller, and their failures are cached.
//!
//! A client is known if a user has approved it, or if the operator lists it. Requests for a known client have separate
//! rate limits, which unknown callers cannot exhaust by naming other URLs of the same host.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::server::registration::RegistrationError;
use protocol::time::UnixTime;
use protocol::uri::{Base, ResourceUri};
use store::record::ClientRecord;
use url::Url;

use super::client::is_known;
use super::way_out::WayOut;
use crate::budget::{Exhausted, Extra, Meter, Resource};
use crate::clock::Clock;
use crate::config::Config;
use crate::edge::Ctx;
use crate::fetched::Memory;
use crate::journal::Journal;
use crate::upstream::http::{CallError, Endpoint, HttpClient, Reply};

/// How long a URL is not requested again after a failure, in seconds.
const FAILED_SECS: u64 = 60;
/// The maximum number of failures that are cached.
const FAILURES: usize = 2_000;
/// The maximum number of requests to one host for unknown clients in a minute. A single network may cause only a
/// quarter of them.
const STRANGERS_OF_HOST: u32 = 40;
/// The maximum number of requests in a minute for one known client, for all known clients of one host, and for all
/// known clients.
const KNOWN_CLIENT: u32 = 2;
const KNOWN_OF_HOST: u32 = 60;
const KNOWN: u32 = 300;

/// Why a fetch did not yield a usable result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FetchError {
    #[error("the address is not an https URL with a path and without user info, fragment or dot segments")]
    Address,
    #[error("the host is not in BOUNCER_CLIENT_DOCUMENT_HOSTS")]
    HostNotAllowed,
    #[error("the port is not 443")]
    Port,
    #[error("the address belongs to one of this server's own base URLs")]
    OwnBase,
    #[error("the address may not be called: {0}")]
    Refused(String),
    #[error("{0}")]
    Budget(#[from] Exhausted),
    #[error(
        "{host} cannot be reached ({detail}). If this server cannot reach the internet, set \
         BOUNCER_OUTBOUND_PROXY, or BOUNCER_CLIENT_DOCUMENTS=false so that clients register instead"
    )]
    Unreachable { host: String, detail: String },
    #[error("it could not be fetched: {0}")]
    Failed(String),
    #[error("the response has status {0}")]
    Status(u16),
    #[error("its Content-Type is not JSON")]
    ContentType,
    #[error("its content is invalid: {0}")]
    Content(#[from] RegistrationError),
    #[error("it is not a JWK set")]
    NotKeys,
}

impl FetchError {
    /// Whether the failure is temporary: it depends on the host or on a rate limit, so a later attempt may succeed.
    pub(super) const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Budget(_) | Self::Unreachable { .. } | Self::Failed(_) | Self::Status(408 | 429 | 500..)
        )
    }
}

/// Fetches from hosts that clients name.
pub(super) struct Fetcher {
    clock: Arc<dyn Clock>,
    meter: Meter,
    journal: Journal,
    http: HttpClient,
    internal: BTreeSet<String>,
    own_bases: BTreeSet<Base>,
    failed: Mutex<Memory<FetchError>>,
    way_out: WayOut,
}

impl Fetcher {
    pub(super) fn new(
        http: HttpClient,
        config: &Config,
        clock: Arc<dyn Clock>,
        meter: Meter,
        journal: Journal,
    ) -> Self {
        Self {
            clock,
            meter,
            way_out: WayOut::new(http.clone(), config, journal.clone()),
            journal,
            http,
            internal: config.clients.internal_documents.clone(),
            own_bases: config.server.allowed_bases.clone().unwrap_or_default(),
            failed: Mutex::new(Memory::new(FAILURES)),
        }
    }

    /// Returns the current time, from which the freshness of a fetched document is computed.
    pub(super) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// Returns the journal, which records events.
    pub(super) const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Whether the internet counts as reachable.
    pub(super) fn has_way_out(&self, now: UnixTime) -> bool {
        self.way_out.is_open(now)
    }

    /// Whether the operator listed the origin of this URL as internal.
    pub(super) fn is_internal(&self, url: &Url) -> bool {
        self.internal.contains(&url.origin().ascii_serialization())
    }

    /// Checks a URL without sending a request to it.
    pub(super) fn judge(&self, ctx: &Ctx, url: &Url) -> Result<(), FetchError> {
        if !self.is_internal(url) && url.port_or_known_default() != Some(443) {
            return Err(FetchError::Port);
        }
        let within = |base: &Base| ResourceUri::parse(url.as_str()).is_ok_and(|uri| uri.within(base));
        if within(&ctx.base) || self.own_bases.iter().any(within) {
            return Err(FetchError::OwnBase);
        }
        Ok(())
    }

    /// Fetches at most `cap` bytes from the URL for a client, and parses them with `read`. Charges the client if it is
    /// known, and otherwise the caller. `record` is the stored client, if any.
    pub(super) async fn fetch<T>(
        &self,
        ctx: &Ctx,
        record: Option<&ClientRecord>,
        url: &Url,
        cap: usize,
        read: impl FnOnce(Reply) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        self.judge(ctx, url)?;
        let origin = url.origin().ascii_serialization();
        let endpoint = self.http.judge(&origin, url.as_str());
        let endpoint = endpoint.map_err(|error| FetchError::Refused(error.to_string()))?;
        let now = self.clock.now();
        if let Some(error) = self.failure(url.as_str(), now) {
            return Err(error);
        }
        let known = record.filter(|record| is_known(record));
        let host = url.host_str().unwrap_or_default();
        charge(&self.meter, ctx, known, host)?;
        let fetched = self.call(&endpoint, host, cap, now).await.and_then(read);
        if let Err(error) = &fetched {
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            failed.put(url.as_str(), error.clone(), known.is_some(), now);
        }
        fetched
    }

    async fn call(
        &self,
        endpoint: &Endpoint,
        host: &str,
        cap: usize,
        now: UnixTime,
    ) -> Result<Reply, FetchError> {
        match self.http.get_document(endpoint, cap).await {
            Ok(reply) => {
                if !endpoint.is_internal() {
                    self.way_out.found();
                }
                Ok(reply)
            }
            Err(CallError::Unreachable(detail)) => {
                // Failures of the operator's internal hosts say nothing about internet access.
                if !endpoint.is_internal() {
                    self.way_out.doubt(now).await;
                }
                Err(FetchError::Unreachable { host: host.to_owned(), detail })
            }
            Err(CallError::Failed(error)) => Err(FetchError::Failed(error.to_string())),
        }
    }

    /// Returns the error of the last request to this URL if that failed less than a minute ago.
    fn failure(&self, address: &str, now: UnixTime) -> Option<FetchError> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = failed.get(address).filter(|entry| entry.is_younger(FAILED_SECS, now))?;
        Some(entry.value.clone())
    }
}

/// Charges the request to a known client's own rate limits, whoever the caller is; for any other client, to those of
/// the caller.
fn charge(meter: &Meter, ctx: &Ctx, known: Option<&ClientRecord>, host: &str) -> Result<(), Exhausted> {
    let Some(client) = known else {
        let of_host = Extra { what: "unknown clients of this host", key: host, count: STRANGERS_OF_HOST };
        return meter.charge_with(Resource::Fetch, ctx.asker(), &[of_host]);
    };
    let id = [&client.tenant.key(), "\n", &client.client_id].concat();
    let limits = [
        Extra { what: "this client", key: &id, count: KNOWN_CLIENT },
        Extra { what: "known clients of this host", key: host, count: KNOWN_OF_HOST },
        Extra { what: "known clients", key: "", count: KNOWN },
    ];
    meter.charge_only(Resource::Fetch, &limits)
}
