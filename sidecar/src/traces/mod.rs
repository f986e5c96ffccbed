//! Exports the spans of requests to a collector (OTLP over HTTP, as protobuf), if one is configured.
//!
//! Nothing waits for the collector: spans are queued, and a thread of the SDK sends them. Spans that do not fit into
//! the queue or cannot be sent are dropped and counted.

mod counted;
mod counts;
mod error;
mod sampler;
mod sender;
mod settings;
mod store_spans;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::{SpanContext, TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use reqwest::Certificate;

use crate::clock::Clock;
use crate::telemetry::span::Span;

use counted::{BoundedProcessor, CountedExporter};
pub use counts::{Counts, TRACES_PER_SECOND};
pub use error::TracesError;
use sampler::RequestSampler;
use sender::Sender;
pub use settings::{Sampling, Settings};
pub use store_spans::StoreSpans;

/// Makes and exports the spans of requests.
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    counts: Arc<Counts>,
}

impl Traces {
    /// Starts the export. The certificates `authorities` are trusted in addition to the built-in ones. Must be called
    /// within a tokio runtime.
    pub fn open(
        settings: &Settings,
        authorities: &[Certificate],
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, TracesError> {
        let counts = Arc::<Counts>::default();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(settings.endpoint.as_str())
            .with_protocol(Protocol::HttpBinary)
            // Drop a batch that cannot be sent at once, so that later batches do not wait.
            .with_retry_policy(RetryPolicy::disabled())
            .with_http_client(Sender::new(authorities, Arc::clone(&counts))?)
            .with_headers(settings.headers())
            .build()
            .map_err(|error| TracesError(error.to_string()))?;
        let exporter = CountedExporter::new(exporter, Arc::clone(&counts), Arc::clone(clock));
        let sampler = RequestSampler::new(settings.sampling, Arc::clone(&counts), Arc::clone(clock));
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BoundedProcessor::new(exporter, Arc::clone(&counts)))
            .with_sampler(sampler)
            .with_resource(resource(settings))
            .build();
        let tracer = provider.tracer("mcpbouncer");
        Ok(Self { provider, tracer, counts })
    }

    /// Starts the span of a request. `caller` is the span that the request names as its parent.
    pub fn begin(&self, caller: Option<SpanContext>, name: String, attributes: Vec<KeyValue>) -> Span {
        let parent = caller.map_or_else(Context::new, |span| Context::new().with_remote_span_context(span));
        Span::of_request(&self.tracer, &parent, name, attributes)
    }

    /// The counts of exported and dropped spans, and of requests that were not traced.
    pub fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Sends the spans that are still queued, within the time `limit`. Blocking.
    pub fn close(&self, limit: Duration) {
        if self.provider.shutdown_with_timeout(limit).is_err() {
            self.counts.lose_waiting();
        }
        let (exported, dropped) = (self.counts.exported(), self.counts.dropped());
        tracing::info!(exported, dropped, "the export of traces has ended");
    }
}

/// Returns the attributes that all spans have in common. `OTEL_RESOURCE_ATTRIBUTES` adds to them and may replace them;
/// `OTEL_SERVICE_NAME` takes precedence for the service's name.
fn resource(settings: &Settings) -> Resource {
    let own = [
        KeyValue::new("service.name", "mcpbouncer"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
    ];
    let builder = Resource::builder_empty()
        .with_attributes(own)
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_detector(Box::new(EnvResourceDetector::new()));
    match &settings.service {
        Some(name) => builder.with_service_name(name.clone()).build(),
        None => builder.build(),
    }
}
