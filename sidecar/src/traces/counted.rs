//! Wraps the SDK's queue and exporter, and counts the spans that are dropped.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor,
};

use super::counts::{Counts, QUEUE};
use crate::clock::Clock;

/// The minimum time between two log lines about a failing export, in seconds.
const LOGGED_EVERY: u64 = 60;

/// Queues spans for the SDK's thread. The SDK's own queue has the same size, so the SDK never drops a span uncounted.
#[derive(Debug)]
pub(super) struct BoundedProcessor {
    inner: BatchSpanProcessor,
    counts: Arc<Counts>,
}

impl BoundedProcessor {
    pub(super) fn new(exporter: impl SpanExporter + 'static, counts: Arc<Counts>) -> Self {
        // The delay and the batch size are the SDK's defaults, or those that `OTEL_BSP_*` sets.
        let config = BatchConfigBuilder::default().with_max_queue_size(QUEUE).build();
        Self { inner: BatchSpanProcessor::new(exporter, config), counts }
    }
}

impl SpanProcessor for BoundedProcessor {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.counts.enqueue() {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Counts what the exporter sends, and logs its failures.
pub(super) struct CountedExporter<E> {
    inner: E,
    counts: Arc<Counts>,
    clock: Arc<dyn Clock>,
    logged: AtomicU64,
}

impl<E> CountedExporter<E> {
    pub(super) const fn new(inner: E, counts: Arc<Counts>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, counts, clock, logged: AtomicU64::new(0) }
    }

    fn log(&self, error: &dyn std::fmt::Display) {
        let now = self.clock.now().as_secs();
        if now < self.logged.load(Ordering::Relaxed).saturating_add(LOGGED_EVERY) {
            return;
        }
        self.logged.store(now, Ordering::Relaxed);
        let detail = self.counts.failure().unwrap_or_else(|| error.to_string());
        let dropped = self.counts.dropped();
        tracing::warn!(detail, dropped, "traces could not be sent to the collector");
    }
}

impl<E> std::fmt::Debug for CountedExporter<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CountedExporter")
    }
}

impl<E: SpanExporter> SpanExporter for CountedExporter<E> {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let spans = batch.len();
        async move {
            let done = self.inner.export(batch).await;
            self.counts.sent(spans, done.is_ok());
            if let Err(error) = &done {
                self.log(error);
            }
            done
        }
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use opentelemetry::trace::{Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::error::OTelSdkError;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use protocol::time::UnixTime;

    use super::*;
    use crate::clock::ManualClock;

    /// A collector that reports when it is called, and answers only when the test tells it what.
    #[derive(Debug)]
    struct Slow {
        called: Sender<()>,
        answers: Mutex<Receiver<bool>>,
    }

    impl SpanExporter for Slow {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            let _ = self.called.send(());
            let accepts = self.answers.lock().unwrap().recv().unwrap_or(false);
            if accepts { Ok(()) } else { Err(OTelSdkError::InternalFailure("refused".to_owned())) }
        }
    }

    struct Case {
        provider: SdkTracerProvider,
        counts: Arc<Counts>,
        called: Receiver<()>,
        answers: Sender<bool>,
    }

    fn case() -> Case {
        let ((called, is_called), (answers, answered)) = (channel(), channel());
        let counts = Arc::<Counts>::default();
        let clock = Arc::new(ManualClock::at(UnixTime::new(1_800_000_000)));
        let slow = Slow { called, answers: Mutex::new(answered) };
        let exporter = CountedExporter::new(slow, Arc::clone(&counts), clock);
        let processor = BoundedProcessor::new(exporter, Arc::clone(&counts));
        let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
        Case { provider, counts, called: is_called, answers }
    }

    fn end_spans(case: &Case, count: usize) {
        let tracer = case.provider.tracer("test");
        for _ in 0..count {
            drop(tracer.start("span"));
        }
    }

    #[test]
    fn spans_beyond_the_queue_are_dropped_and_counted_while_the_collector_does_not_answer() {
        let case = case();
        end_spans(&case, QUEUE);
        case.called.recv().unwrap();
        // The first batch is at the collector, and still occupies its places in the queue.
        end_spans(&case, 1_000);
        assert_eq!((case.counts.exported(), case.counts.dropped()), (0, 1_000));
        // From now on the collector answers at once.
        for _ in 0..QUEUE {
            case.answers.send(true).unwrap();
        }
        case.provider.shutdown_with_timeout(Duration::from_mins(1)).unwrap();
        assert_eq!((case.counts.exported(), case.counts.dropped()), (QUEUE as u64, 1_000));
    }

    #[test]
    fn what_the_collector_refuses_is_counted() {
        let case = case();
        end_spans(&case, 7);
        case.answers.send(false).unwrap();
        let _ = case.provider.shutdown_with_timeout(Duration::from_mins(1));
        assert_eq!((case.counts.exported(), case.counts.dropped()), (0, 7));
    }

    #[test]
    fn the_end_does_not_wait_for_a_collector_that_never_answers() {
        let case = case();
        end_spans(&case, 7);
        assert!(case.provider.shutdown_with_timeout(Duration::from_millis(10)).is_err());
        case.counts.lose_waiting();
        assert_eq!((case.counts.exported(), case.counts.dropped()), (0, 7));
    }
}
