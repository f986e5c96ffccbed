//! The span of an outgoing call, according to OpenTelemetry's semantic conventions for HTTP clients.

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use reqwest::RequestBuilder;
use url::Url;

use super::call::CallError;
use super::error::UpstreamError;
use crate::telemetry::span::Span;
use crate::telemetry::traceparent::TRACEPARENT;

/// The maximum length of a path in a span, in characters.
const PATH: usize = 256;

/// The span of one call. It is empty if the call belongs to no traced request.
pub(super) struct CallSpan(Span);

impl CallSpan {
    /// Starts a span with the server's address and the path. The query is left out, because it can hold secrets.
    pub(super) fn start(method: &'static str, url: &Url) -> Self {
        Self(Span::within(SpanKind::Client, method, || {
            let mut attributes = vec![
                KeyValue::new("http.request.method", method),
                KeyValue::new("url.scheme", url.scheme().to_owned()),
                KeyValue::new("url.path", url.path().chars().take(PATH).collect::<String>()),
                KeyValue::new("server.address", url.host_str().unwrap_or_default().to_owned()),
            ];
            attributes.extend(
                url.port_or_known_default().map(|port| KeyValue::new("server.port", i64::from(port))),
            );
            attributes
        }))
    }

    /// Adds the header that names this span to the server, if there is a span.
    pub(super) fn carried_by(&self, request: RequestBuilder) -> RequestBuilder {
        match self.0.traceparent() {
            Some(value) => request.header(TRACEPARENT, value),
            None => request,
        }
    }

    /// Records the status of the response, or the error, and ends the span.
    pub(super) fn end(self, result: Result<u16, &CallError>) {
        match result {
            Ok(status) => {
                self.0.set("http.response.status_code", i64::from(status));
                if status >= 400 {
                    self.0.fail(status.to_string());
                }
            }
            Err(CallError::Unreachable(_)) => self.0.fail("unreachable"),
            Err(CallError::Failed(UpstreamError::Misconfigured(_))) => self.0.fail("not_allowed"),
            Err(CallError::Failed(_)) => self.0.fail("unavailable"),
        }
    }
}
