//! A collector of traces. It accepts OTLP over HTTP, as protobuf.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use prost::Message as _;
use tokio::net::TcpListener;

/// A span that was received.
#[derive(Clone, Debug, Default)]
pub struct Span {
    /// The `service.name` of the span's resource.
    pub service: String,
    /// The id of the trace, in hex.
    pub trace: String,
    /// The id of the span, in hex.
    pub id: String,
    /// The id of the parent span; empty if there is none.
    pub parent: String,
    /// The name of the span.
    pub name: String,
    /// Whether it is a client span.
    pub is_client: bool,
    /// The attributes of the span, as text.
    pub attributes: BTreeMap<String, String>,
    /// Everything in the span, as text; tests search it for secrets.
    pub text: String,
}

/// The running collector.
pub struct Collector {
    port: u16,
    received: Arc<Mutex<Vec<Span>>>,
    headers: Arc<Mutex<Vec<HeaderMap>>>,
    /// The listener of a collector that never answers.
    _listener: Option<std::net::TcpListener>,
}

type Shared = (Arc<Mutex<Vec<Span>>>, Arc<Mutex<Vec<HeaderMap>>>);

impl Collector {
    /// Starts a collector.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let shared = Shared::default();
        let router = Router::new().route("/v1/traces", post(receive)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, received: shared.0, headers: shared.1, _listener: None }
    }

    /// Starts a collector that accepts connections and never answers.
    pub fn silent() -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        Self { port, received: Arc::default(), headers: Arc::default(), _listener: Some(listener) }
    }

    /// The collector's URL without a path: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the spans that the collector has received.
    pub fn spans(&self) -> Vec<Span> {
        self.received.lock().expect("not poisoned").clone()
    }

    /// Returns the headers of each request to the collector.
    pub fn headers(&self) -> Vec<HeaderMap> {
        self.headers.lock().expect("not poisoned").clone()
    }
}

async fn receive(State((spans, headers)): State<Shared>, sent: HeaderMap, body: Bytes) {
    let zipped = sent.get("content-encoding").is_some_and(|encoding| encoding == "gzip");
    let body = if zipped { unzipped(&body) } else { body.to_vec() };
    let request = ExportTraceServiceRequest::decode(body.as_slice()).expect("OTLP");
    headers.lock().expect("not poisoned").push(sent);
    let mut spans = spans.lock().expect("not poisoned");
    for resource in request.resource_spans {
        let own = resource.resource.map(|resource| texts(&resource.attributes)).unwrap_or_default();
        let service = own.get("service.name").cloned().unwrap_or_default();
        for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            spans.push(Span {
                service: service.clone(),
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                is_client: span.kind == 3,
                attributes: texts(&span.attributes),
                text: format!("{own:?} {span:?}"),
                name: span.name,
            });
        }
    }
}

/// Decompresses a body, because Traefik compresses what it exports.
fn unzipped(body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(body).read_to_end(&mut plain).expect("gzip");
    plain
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    attributes
        .iter()
        .map(|pair| (pair.key.clone(), pair.value.as_ref().map(text).unwrap_or_default()))
        .collect()
}

fn text(value: &AnyValue) -> String {
    match &value.value {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
