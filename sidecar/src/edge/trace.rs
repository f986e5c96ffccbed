//! The span of a request: it continues the caller's trace, and encloses everything that the request causes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::KeyValue;
use opentelemetry::trace::FutureExt as _;
use protocol::context::Endpoint;
use protocol::uri::Base;

use crate::telemetry::span;
use crate::telemetry::traceparent;
use crate::traces::Traces;

/// Runs the request in a span; if traces are not exported, only runs the request. Of what the client sent, the span has
/// only the method, if it is a known one, and the path, if it is a route.
pub async fn layer(State(traces): State<Option<Arc<Traces>>>, request: Request, next: Next) -> Response {
    let Some(traces) = traces else { return next.run(request).await };
    let method = known(request.method());
    let route = Endpoint::label(request.uri().path());
    let mut attributes =
        vec![KeyValue::new("http.request.method", method), KeyValue::new("url.scheme", "http")];
    let name = match route {
        Some(route) => format!("{method} {route}"),
        None => method.to_owned(),
    };
    if let Some(route) = route {
        // The routes have no parameters, so the path is the route.
        attributes.push(KeyValue::new("url.path", route));
        attributes.push(KeyValue::new("http.route", route));
    }
    let span = traces.begin(traceparent::read(request.headers()), name, attributes);
    let Some(context) = span.context() else { return next.run(request).await };
    let response = next.run(request).with_context(context).await;
    let status = response.status();
    span.set("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.fail(status.as_str().to_owned());
    }
    response
}

/// Adds the tenant's host, which the sealed context names, to the span of the request.
pub fn served_for(base: &Base) {
    span::set("server.address", base.host().to_owned());
}

/// Returns the method, or `_OTHER`, which the semantic conventions use for any method that they do not list.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::CONNECT => "CONNECT",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::PATCH => "PATCH",
        _ => "_OTHER",
    }
}
