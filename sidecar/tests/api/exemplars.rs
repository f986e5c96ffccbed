//! Metrics lead to traces: the durations of requests name the last exported trace in each bucket.

use std::net::TcpListener;

use axum::body::Body;
use axum::http::Request;
use protocol::context::Endpoint;
use sidecar::metrics::Snapshot;

use super::support::{Site, World};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Requests the keys with this flag of `traceparent`. Returns the lines of `/metrics` with durations.
async fn durations(world: &World, sampled: &str) -> Vec<String> {
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-{sampled}");
    let request = Request::get("/").header("traceparent", traceparent).body(Body::empty()).unwrap();
    let site = Site::local("https://mcp.example.com/wiki");
    assert_eq!(world.send(&site, Endpoint::Jwks, request).await.status, 200);
    let form = Request::post("/").header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-{sampled}"));
    world.send(&site, Endpoint::Token, form.body(Body::empty()).unwrap()).await;
    let text = world.app.journal.metrics().text(&Snapshot::default());
    let is_duration = |line: &&str| {
        line.starts_with("bouncer_http_request_duration_seconds_bucket{")
            || line.starts_with("bouncer_token_endpoint_duration_seconds_bucket{")
    };
    text.lines().filter(is_duration).map(str::to_owned).collect()
}

/// Starts a sidecar that exports to a collector that never responds. Also returns the collector's listener.
fn traced() -> (TcpListener, World) {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", collector.local_addr().unwrap());
    (collector, World::with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_traced_request_is_named_in_the_histograms() {
    let (_collector, world) = traced();
    let lines = durations(&world, "01").await;
    for (series, label) in [
        ("bouncer_http_request_duration_seconds_bucket{", "endpoint=\"/oauth/jwks.json\""),
        ("bouncer_http_request_duration_seconds_bucket{", "endpoint=\"/oauth/token\""),
        ("bouncer_token_endpoint_duration_seconds_bucket{", ""),
    ] {
        let of_series = lines.iter().filter(|line| line.starts_with(series) && line.contains(label));
        let named: Vec<_> = of_series.filter(|line| line.contains("# {")).collect();
        assert_eq!(named.len(), 1, "{series}{label}: {lines:#?}");
        // The line has the form: value # {labels} value of the exemplar.
        let (_, exemplar) = named[0].split_once(" # {").unwrap();
        let (labels, value) = exemplar.split_once("} ").unwrap();
        assert_eq!(labels, format!("trace_id=\"{TRACE}\""));
        assert!(value.parse::<f64>().unwrap() > 0.0, "{value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_trace_is_not_exported_is_not_named() {
    let (_collector, world) = traced();
    let of_another = durations(&world, "00").await;
    let without_traces = durations(&World::new(), "01").await;
    for lines in [of_another, without_traces] {
        assert!(!lines.is_empty() && lines.iter().all(|line| !line.contains('#')), "{lines:#?}");
    }
}
