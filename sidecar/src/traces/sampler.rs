//! Decides which requests are traced.

use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use super::counts::{Counts, TRACES_PER_SECOND};
use super::settings::Sampling;
use crate::clock::Clock;

/// Samples requests as the operator configured, up to [`TRACES_PER_SECOND`]. The spans within a request are sampled if
/// and only if the request is.
#[derive(Clone)]
pub(super) struct RequestSampler {
    requests: Sampler,
    counts: Arc<Counts>,
    clock: Arc<dyn Clock>,
    /// The current second, and how many requests asked to be traced in it.
    window: Arc<Mutex<(u64, u64)>>,
}

impl RequestSampler {
    pub(super) fn new(sampling: Sampling, counts: Arc<Counts>, clock: Arc<dyn Clock>) -> Self {
        let root = Sampler::TraceIdRatioBased(sampling.ratio);
        let requests = if sampling.follows_caller { Sampler::ParentBased(Box::new(root)) } else { root };
        Self { requests, counts, clock, window: Arc::default() }
    }

    /// Counts one more request in this second. Returns whether it may still be traced.
    fn has_room(&self) -> bool {
        let now = self.clock.now().as_secs();
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0 != now {
            *window = (now, 0);
        }
        window.1 += 1;
        window.1 <= TRACES_PER_SECOND
    }
}

impl std::fmt::Debug for RequestSampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RequestSampler({:?})", self.requests)
    }
}

fn decided(decision: SamplingDecision) -> SamplingResult {
    SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::NONE }
}

impl ShouldSample for RequestSampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let around = parent.map(|context| context.span().span_context().clone());
        if let Some(around) = around.filter(|span| span.is_valid() && !span.is_remote()) {
            let sampled = around.is_sampled();
            return decided(if sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop });
        }
        let result = self.requests.should_sample(parent, trace_id, name, kind, attributes, links);
        if result.decision == SamplingDecision::RecordAndSample && !self.has_room() {
            self.counts.leave_untraced();
            return decided(SamplingDecision::Drop);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags};
    use protocol::time::UnixTime;

    use super::*;
    use crate::clock::ManualClock;

    struct Case {
        sampler: RequestSampler,
        counts: Arc<Counts>,
        clock: Arc<ManualClock>,
    }

    fn with(follows_caller: bool, ratio: f64) -> Case {
        let counts = Arc::<Counts>::default();
        let clock = Arc::new(ManualClock::at(UnixTime::new(1_800_000_000)));
        let known: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let sampler = RequestSampler::new(Sampling { follows_caller, ratio }, Arc::clone(&counts), known);
        Case { sampler, counts, clock }
    }

    /// Makes the context of a parent span. If `remote` is true, the span is a caller's.
    fn around(remote: bool, sampled: bool) -> Context {
        let flags = if sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
        let (trace, span) = (TraceId::from(7), SpanId::from(7));
        let context = SpanContext::new(trace, span, flags, remote, TraceState::NONE);
        Context::new().with_remote_span_context(context)
    }

    fn samples(case: &Case, parent: Option<&Context>) -> bool {
        let result = case.sampler.should_sample(parent, TraceId::from(7), "", &SpanKind::Server, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn the_operator_decides_whether_callers_have_a_say() {
        for (follows_caller, ratio, of_sampled, of_unsampled, of_none) in [
            (true, 1.0, true, false, true),
            (true, 0.0, true, false, false),
            (false, 1.0, true, true, true),
            (false, 0.0, false, false, false),
        ] {
            let case = with(follows_caller, ratio);
            let told = [around(true, true), around(true, false)].map(|parent| samples(&case, Some(&parent)));
            assert_eq!(told, [of_sampled, of_unsampled], "{follows_caller} {ratio}");
            assert_eq!(samples(&case, None), of_none, "{follows_caller} {ratio}");
        }
    }

    #[test]
    fn spans_within_a_request_follow_it() {
        for ratio in [0.0, 1.0] {
            let case = with(false, ratio);
            assert!(samples(&case, Some(&around(false, true))));
            assert!(!samples(&case, Some(&around(false, false))));
        }
    }

    #[test]
    fn callers_cannot_have_more_requests_traced_than_the_limit() {
        let case = with(true, 1.0);
        let stranger = around(true, true);
        let count = || (0..1_000).filter(|_| samples(&case, Some(&stranger))).count() as u64;
        assert_eq!((count(), count()), (TRACES_PER_SECOND, 0));
        assert_eq!(case.counts.untraced(), 2_000 - TRACES_PER_SECOND);
        // The spans within traced requests do not count towards the limit.
        assert!((0..1_000).all(|_| samples(&case, Some(&around(false, true)))));
        case.clock.advance(Duration::from_secs(1));
        assert_eq!(count(), TRACES_PER_SECOND);
    }
}
