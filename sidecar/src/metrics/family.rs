//! The types of families of metrics, their labels and their buckets.

use std::borrow::Cow;
use std::time::Duration;

use opentelemetry::trace::TraceId;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use super::series::Series;

/// The upper bounds of the buckets of durations, in seconds. Requests end after eight seconds at the latest.
pub(super) const SECONDS: [f64; 14] =
    [0.000_5, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.0, 8.0];
/// The upper bounds of the buckets of batch sizes, in operations.
pub(super) const SIZES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// A label: its name and its value.
pub(super) type Label = (&'static str, Cow<'static, str>);

/// Makes the histograms of durations in a family.
#[derive(Debug, Clone, Copy)]
pub(super) struct Durations;

impl MetricConstructor<Histogram> for Durations {
    fn new_metric(&self) -> Histogram {
        Histogram::new(SECONDS)
    }
}

impl MetricConstructor<Traced> for Durations {
    fn new_metric(&self) -> Traced {
        Traced::new(SECONDS.into_iter())
    }
}

pub(super) type Counters<const N: usize> = Family<[Label; N], Counter>;
pub(super) type Histograms = Family<[Label; 1], Histogram, Durations>;
/// A histogram that keeps with each bucket the trace of the last request that fell into it.
pub(super) type Traced = HistogramWithExemplars<[Label; 1]>;
pub(super) type TracedHistograms = Family<[Label; 1], Traced, Durations>;

/// Adds the duration of a request, with the id of its trace if the trace is exported.
pub(super) fn observe(histogram: &Traced, took: Duration, trace: Option<TraceId>) {
    let exemplar = trace.map(|id| [("trace_id", Cow::Owned(id.to_string()))]);
    histogram.observe(took.as_secs_f64(), exemplar, None);
}

/// Registers a metric under the name and with the help text of its series.
pub(super) fn register<M: Metric + Clone>(registry: &mut Registry, series: &Series, metric: M) -> M {
    registry.register(series.name, series.help, metric.clone());
    metric
}

pub(super) fn label(name: &'static str, value: &'static str) -> Label {
    (name, Cow::Borrowed(value))
}
