//! Prometheus scrapes every documented series, with the documented labels.

use std::collections::BTreeSet;

use e2e::runtime::run;
use e2e::wait;

use crate::known;
use crate::world::after_the_traffic;

/// Labels that Prometheus adds, and the label of a histogram's buckets.
const ADDED: [&str; 4] = ["__name__", "instance", "job", "le"];

/// Series that have no sample as long as nothing went wrong, or as long as nobody has a personal access token.
const ONLY_SOMETIMES: [&str; 2] = ["bouncer_audit_lost_total", "bouncer_personal_tokens"];

#[test]
fn every_documented_series_is_scraped_and_no_other() {
    run(async {
        let world = after_the_traffic().await;
        for series in known::series() {
            if ONLY_SOMETIMES.contains(&series.name.as_str()) {
                continue;
            }
            let name = if series.is_histogram { format!("{}_bucket", series.name) } else { series.name };
            let samples = wait::until(&format!("{name} is scraped"), async || {
                let samples = world.prometheus.query(&name).await.expect("a query");
                (!samples.is_empty()).then_some(samples)
            })
            .await;
            let labels =
                samples.iter().flat_map(|sample| sample["metric"].as_object().expect("labels").keys());
            let own: BTreeSet<String> =
                labels.filter(|label| !ADDED.contains(&label.as_str())).cloned().collect();
            assert_eq!(own, series.labels, "{name}");
        }
        let metrics = world.stack.http.get(&format!("{}/metrics", world.stack.sidecar.ops_url())).await;
        let documented = known::series();
        for line in metrics.expect(200).body.lines() {
            let Some((name, _)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) else {
                continue;
            };
            let is_documented =
                documented.iter().any(|series| series.name.trim_end_matches("_total") == name);
            assert!(is_documented, "{name} is not in docs/operations/metrics.md");
        }
    });
}

/// The names and labels of the earlier MCPBouncer.
#[test]
fn the_series_of_the_original_moved() {
    run(async {
        let world = after_the_traffic().await;
        let positive = [
            "bouncer_token_issued_total{grant_type=\"authorization_code\"}",
            "bouncer_token_issued_total{grant_type=\"refresh_token\"}",
            "bouncer_token_refresh_total{result=\"rotated\"}",
            "bouncer_token_refresh_total{result=\"repeated\"}",
            "bouncer_token_refresh_total{result=\"reused\"}",
            "bouncer_token_refresh_total{result=\"refused\"}",
            "bouncer_dcr_register_total{result=\"created\"}",
            "bouncer_dcr_register_total{result=\"refused\"}",
            "bouncer_auth_failures_total{reason=\"refresh_reused\"}",
            "bouncer_auth_failures_total{reason=\"refresh_unknown\"}",
            "bouncer_auth_failures_total{reason=\"credentials\"}",
            "bouncer_auth_failures_total{reason=\"consent_denied\"}",
            "bouncer_auth_failures_total{reason=\"context_missing\"}",
            "bouncer_token_endpoint_duration_seconds_count",
            "bouncer_token_endpoint_duration_seconds_sum",
            "bouncer_refresh_tokens_in_db",
            "bouncer_clients_in_db",
            "bouncer_signing_keys_active",
        ]
        .map(|series| format!("{series} > 0"));
        let gauges = ["bouncer_refresh_tokens_in_db", "bouncer_clients_in_db"];
        let moved = gauges.map(|gauge| format!("max_over_time({gauge}[10m]) > min_over_time({gauge}[10m])"));
        for condition in positive.iter().chain(&moved) {
            wait::until(condition, async || {
                let samples = world.prometheus.query(condition).await.expect("a query");
                (!samples.is_empty()).then_some(())
            })
            .await;
        }
    });
}

/// Prometheus reads the exemplars and keeps them, so that a slow request leads to its trace.
#[test]
fn durations_lead_to_traces() {
    run(async {
        let world = after_the_traffic().await;
        for series in
            ["bouncer_http_request_duration_seconds_bucket", "bouncer_token_endpoint_duration_seconds_bucket"]
        {
            let all_times = [("start", "2000-01-01T00:00:00Z"), ("end", "2100-01-01T00:00:00Z")];
            let found = wait::until(&format!("{series} has exemplars"), async || {
                let parameters = [all_times.as_slice(), &[("query", series)]].concat();
                let found = world.prometheus.api("query_exemplars", &parameters).await.expect("a query");
                found.as_array().is_some_and(|found| !found.is_empty()).then_some(found)
            })
            .await;
            let trace = found[0]["exemplars"][0]["labels"]["trace_id"].as_str().expect("a trace");
            assert!(trace.len() == 32 && trace.bytes().all(|b| b.is_ascii_hexdigit()), "{found}");
        }
    });
}
