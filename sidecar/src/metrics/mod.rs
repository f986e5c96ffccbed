//! The metrics of the operations listener, in the text format of `OpenMetrics`.
//!
//! The number of time series is bounded by construction. The value of a label is a `'static` text of a closed set, a
//! status code, the name of a tenant, or the address of a Traefik instance that polls. Tenants come from the operator's
//! configuration, and at most [`MOST_TENANTS`] of them have their own series. Only a few Traefik instances are
//! remembered.

mod family;
mod gauges;
mod results;
pub mod series;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use events::Event;
use opentelemetry::trace::TraceId;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use protocol::time::UnixTime;

use family::{
    Counters, Durations, Histograms, Label, SECONDS, SIZES, Traced, TracedHistograms, label, observe,
    register,
};
pub use gauges::Snapshot;

/// Whether events are counted and get audit rows: `false` only in the program that `make bench-recording` compares
/// with.
pub(crate) const RECORDED: bool = !cfg!(feature = "unrecorded");
/// The maximum number of tenants that have their own time series.
pub const MOST_TENANTS: usize = 100;
/// The media type of the text that [`Metrics::text`] returns.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics of the server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    events: Counters<3>,
    tenant_events: Counters<3>,
    auth_failures: Counters<1>,
    tokens_issued: Counters<1>,
    refreshes: Counters<1>,
    registrations: Counters<1>,
    requests: Counters<2>,
    request_seconds: TracedHistograms,
    token_seconds: Traced,
    upstream_calls: Counters<2>,
    upstream_seconds: Histograms,
    store_seconds: Histograms,
    commit_seconds: Histogram,
    batch: Histogram,
    audit_lost: Counters<1>,
    traces_dropped: Counter,
    gauges: gauges::Gauges,
    stored: gauges::Stored,
    tenants: Mutex<BTreeSet<String>>,
}

impl Metrics {
    /// Makes the metrics, with all counters at zero.
    pub fn new(started: UnixTime) -> Self {
        let mut all = Registry::default();
        let to = &mut all;
        let build: Family<[Label; 1], Gauge> = register(to, &series::BUILD, Family::default());
        build.get_or_create(&[("version", env!("CARGO_PKG_VERSION").into())]).set(1);
        let began = register(to, &series::STARTED, Gauge::<i64>::default());
        began.set(gauges::whole(started.as_secs()));
        Self {
            events: register(to, &series::EVENTS, Family::default()),
            tenant_events: register(to, &series::TENANT_EVENTS, Family::default()),
            auth_failures: register(to, &series::AUTH_FAILURES, Family::default()),
            tokens_issued: register(to, &series::TOKENS_ISSUED, Family::default()),
            refreshes: register(to, &series::REFRESHES, Family::default()),
            registrations: register(to, &series::REGISTRATIONS, Family::default()),
            requests: register(to, &series::REQUESTS, Family::default()),
            request_seconds: register(to, &series::REQUEST_SECONDS, Family::new_with_constructor(Durations)),
            token_seconds: register(to, &series::TOKEN_SECONDS, Traced::new(SECONDS.into_iter())),
            upstream_calls: register(to, &series::UPSTREAM_CALLS, Family::default()),
            upstream_seconds: register(
                to,
                &series::UPSTREAM_SECONDS,
                Family::new_with_constructor(Durations),
            ),
            store_seconds: register(to, &series::STORE_SECONDS, Family::new_with_constructor(Durations)),
            commit_seconds: register(to, &series::COMMIT_SECONDS, Histogram::new(SECONDS)),
            batch: register(to, &series::BATCH, Histogram::new(SIZES)),
            audit_lost: register(to, &series::AUDIT_LOST, Family::default()),
            traces_dropped: register(to, &series::TRACES_DROPPED, Counter::default()),
            gauges: gauges::Gauges::new(to),
            stored: gauges::Stored::new(),
            registry: all,
            tenants: Mutex::default(),
        }
    }

    /// Counts an event in every series to which it belongs.
    pub fn count(&self, event: &Event) {
        if !RECORDED {
            return;
        }
        let (kind, outcome) = (event.kind.code(), event.outcome.code());
        let reason = event.reason.map_or("", events::Reason::code);
        self.events
            .get_or_create(&[label("kind", kind), label("outcome", outcome), label("reason", reason)])
            .inc();
        if let Some(tenant) = &event.tenant {
            let tenant = ("tenant", self.tenant(tenant));
            self.tenant_events.get_or_create(&[tenant, label("kind", kind), label("outcome", outcome)]).inc();
        }
        if let Some(reason) = results::auth_failure(event) {
            self.auth_failures.get_or_create(&[label("reason", reason.code())]).inc();
        }
        if let Some(grant_type) = results::issued(event) {
            self.tokens_issued.get_or_create(&[label("grant_type", grant_type)]).inc();
        }
        if let Some(result) = results::refresh(event) {
            self.refreshes.get_or_create(&[label("result", result)]).inc();
        }
        if let Some(result) = results::registration(event) {
            self.registrations.get_or_create(&[label("result", result)]).inc();
        }
    }

    /// Counts a response of the OAuth listener. `endpoint` is the path of a route, or `other`; `trace` is the trace of
    /// the request if it is exported.
    pub fn responded(&self, endpoint: &'static str, status: u16, took: Duration, trace: Option<TraceId>) {
        if !RECORDED {
            return;
        }
        let status = Cow::Owned(status.to_string());
        self.requests.get_or_create(&[label("endpoint", endpoint), ("status", status)]).inc();
        observe(&self.request_seconds.get_or_create(&[label("endpoint", endpoint)]), took, trace);
        if endpoint == "/oauth/token" {
            observe(&self.token_seconds, took, trace);
        }
    }

    /// Counts a call to an identity provider.
    pub fn called_upstream(&self, call: &'static str, outcome: &'static str, took: Duration) {
        self.upstream_calls.get_or_create(&[label("call", call), label("outcome", outcome)]).inc();
        self.upstream_seconds.get_or_create(&[label("call", call)]).observe(took.as_secs_f64());
    }

    /// Counts events that are in the log but not in the audit, by cause.
    pub fn audit_lost(&self, cause: &'static str, events: u64) {
        if events == 0 {
            return;
        }
        self.audit_lost.get_or_create(&[label("cause", cause)]).inc_by(events);
    }

    /// Returns the name of a tenant as the value of a label; `other` for tenants beyond [`MOST_TENANTS`].
    fn tenant(&self, name: &str) -> Cow<'static, str> {
        let mut known = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(name) {
            return Cow::Owned(name.to_owned());
        }
        if known.len() >= MOST_TENANTS {
            return Cow::Borrowed("other");
        }
        known.insert(name.to_owned());
        Cow::Owned(name.to_owned())
    }

    /// Sets the gauges to these values, and returns all metrics as text. The series of [`gauges::Stored`] are left out
    /// if the numbers of entries are not known.
    pub fn text(&self, now: &Snapshot) -> String {
        self.gauges.set(now, |name| self.tenant(name));
        self.traces_dropped.inc_by(now.spans_dropped.saturating_sub(self.traces_dropped.get()));
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = text::encode_registry(&mut text, &self.registry);
        if let Some(tables) = &now.tables {
            let _ = text::encode_registry(&mut text, self.stored.with(tables));
        }
        let _ = text::encode_eof(&mut text);
        text
    }
}

impl store::Observer for Metrics {
    fn operated(&self, operation: store::Operation, took: Duration) {
        let operation = match operation {
            store::Operation::Read => "read",
            store::Operation::Write => "write",
        };
        self.store_seconds.get_or_create(&[label("operation", operation)]).observe(took.as_secs_f64());
    }

    fn committed(&self, operations: usize, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a batch has at most a few hundred operations")]
        self.batch.observe(operations as f64);
    }
}
