//! The spans of a request. They exist only while traces are exported; otherwise the functions of this module do
//! nothing.
//!
//! The code that serves a request runs in the [`Context`] of the request's span, so that the spans of its calls and
//! store operations, and its log lines, find their trace. A span holds only attributes that this crate's code sets by
//! name: log lines and fields of other crates do not become part of it.

use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _, TraceId, Tracer as _};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::SdkTracer;

use super::traceparent;

/// Makes the spans within a request. It is part of the request's context.
struct Recorder(SdkTracer);

/// The id of the trace of the current request; `None` outside a request, or if traces are not exported.
pub fn current_trace_id() -> Option<TraceId> {
    Context::map_current(|context| {
        context.has_active_span().then(|| context.span().span_context().trace_id())
    })
    .filter(|id| *id != TraceId::INVALID)
}

/// Like [`current_trace_id`], but also `None` if the trace is not sampled, so that it is not exported.
pub fn current_sampled_trace_id() -> Option<TraceId> {
    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        span.is_sampled().then(|| span.trace_id())
    })
    .filter(|id| *id != TraceId::INVALID)
}

/// Sets an attribute of the innermost span around the current code, such as the request's own span.
pub fn set(name: &'static str, value: impl Into<Value>) {
    Context::map_current(|context| {
        if context.has_active_span() {
            context.span().set_attribute(KeyValue::new(name, value));
        }
    });
}

/// A span, which lasts until it is dropped. So a future that is cancelled ends its span too.
#[derive(Debug)]
#[must_use = "dropping the span ends it"]
pub struct Span(Option<Context>);

impl Span {
    /// Starts the span of a request that this server received. `parent` holds the caller's span, if the caller sent
    /// one.
    pub fn of_request(tracer: &SdkTracer, parent: &Context, name: String, attributes: Vec<KeyValue>) -> Self {
        let builder = tracer.span_builder(name).with_kind(SpanKind::Server).with_attributes(attributes);
        let context = parent.with_span(tracer.build_with_context(builder, parent));
        Self(Some(context.with_value(Recorder(tracer.clone()))))
    }

    /// Starts a span within the current request. Outside a traced request, the result is empty and its methods do
    /// nothing.
    pub fn within(kind: SpanKind, name: &'static str, attributes: impl FnOnce() -> Vec<KeyValue>) -> Self {
        let started = Context::map_current(|context| {
            let Recorder(tracer) = context.get::<Recorder>()?;
            let mut builder = tracer.span_builder(name).with_kind(kind);
            // A span that is not sampled keeps no attributes.
            if context.span().span_context().is_sampled() {
                builder = builder.with_attributes(attributes());
            }
            Some(context.with_span(tracer.build_with_context(builder, context)))
        });
        Self(started)
    }

    /// The context in which the code that this span measures must run; `None` if there is no span.
    pub fn context(&self) -> Option<Context> {
        self.0.clone()
    }

    /// The value of the header `traceparent` for the call that this span measures; `None` if there is no span.
    pub fn traceparent(&self) -> Option<String> {
        let context = self.0.as_ref()?;
        let span = context.span();
        let span = span.span_context();
        span.is_valid().then(|| traceparent::write(span))
    }

    /// Sets an attribute.
    pub fn set(&self, name: &'static str, value: impl Into<Value>) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(name, value));
        }
    }

    /// Marks the operation that this span measures as failed. `kind` is one of few values, such as `timeout` or `503`.
    pub fn fail(&self, kind: impl Into<Value>) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new("error.type", kind));
            context.span().set_status(Status::error(""));
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}
