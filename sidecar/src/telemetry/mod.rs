//! Logs and spans.
//!
//! The log on stderr has one line per event: a JSON object with the fields at the top level, or text. [`span`] makes
//! the spans of requests; [`crate::traces`] exports them.
//!
//! Secrets do not reach the log: their types cannot be printed. No code passes query strings, tokens, codes or cookies
//! to a log macro.

mod fields;
mod format;
pub mod span;
pub mod traceparent;
mod visible;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

use format::Line;
pub use format::LogFormat;
pub use span::{current_sampled_trace_id, current_trace_id};
pub use visible::{is_visible, printable};

/// Starts logging at this level for the whole process. A second call does nothing.
pub fn init(level: Level, format: LogFormat) {
    // Dependencies log only warnings and errors.
    let targets = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("sidecar", level)
        .with_target("mcpbouncer", level);
    let subscriber = Registry::default().with(lines(format, std::io::stderr)).with(targets);
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// The layer that writes each event as a line in this format.
pub fn lines<S, W>(format: LogFormat, writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    tracing_subscriber::fmt::layer().event_format(Line(format)).with_writer(writer)
}
