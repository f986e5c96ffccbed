//! A real Prometheus with the rules of `deploy/prometheus`.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::http::Http;
use crate::process::{Process, Program};
use crate::{paths, ports, wait};

/// The interval at which the tests' Prometheus scrapes and evaluates.
const INTERVAL: &str = "500ms";

/// A running Prometheus with its own directory.
pub struct Prometheus {
    _process: Process,
    _directory: TempDir,
    http: Http,
    url: String,
}

/// Returns a file of `deploy/prometheus`.
pub fn file(name: &str) -> String {
    let path = paths::repository().join("deploy/prometheus").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs `promtool` in `deploy/prometheus` and returns its output. Panics with the output if it fails.
pub async fn promtool(arguments: &[&str]) -> String {
    let logs = TempDir::new().expect("a temporary directory");
    let mut process = Program::new("promtool", paths::prometheus().join("promtool"))
        .args(arguments)
        .directory(&paths::repository().join("deploy/prometheus"))
        .start(logs.path());
    // The unit tests of the rules cover more than a day, minute by minute.
    let status = process.ended_within(Duration::from_mins(5)).await;
    let said = process.stdout() + &process.stderr();
    assert!(status.success(), "promtool {arguments:?}: {status}\n{said}");
    said
}

impl Prometheus {
    /// Starts Prometheus with the example's configuration and rules. It scrapes the sidecar at `url`, and evaluates
    /// every `INTERVAL`. Alerts do not wait for the time that their `for` names.
    pub async fn start(url: &str) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        lay_out(directory.path(), url.trim_start_matches("http://"));
        let mut process = Program::new("prometheus", paths::prometheus().join("prometheus"))
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg("--enable-feature=exemplar-storage")
            .arg("--web.listen-address=127.0.0.1:0")
            .directory(directory.path())
            .start(directory.path());
        let id = process.id();
        let port = process.wait_for("listens", |_, _| ports::listening(id).first().copied()).await;
        let url = format!("http://127.0.0.1:{port}");
        let prometheus = Self { _process: process, _directory: directory, http: Http::new(0), url };
        wait::until("Prometheus is ready", async || {
            (prometheus.http.status(&format!("{}/-/ready", prometheus.url)).await? == 200).then_some(())
        })
        .await;
        prometheus
    }

    /// Returns the `data` of a response of Prometheus's API.
    pub async fn api(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
        let mut url: url::Url = format!("{}/api/v1/{path}", self.url).parse().expect("a URL");
        url.query_pairs_mut().extend_pairs(parameters);
        let answer = self.http.get(url.as_str()).await;
        let mut body = answer.json();
        if body["status"] == "success" { Ok(body["data"].take()) } else { Err(answer.body) }
    }

    /// Returns the samples that a query yields now, each with `metric` and `value`.
    pub async fn query(&self, expression: &str) -> Result<Vec<Value>, String> {
        let data = self.api("query", &[("query", expression)]).await?;
        Ok(data["result"].as_array().cloned().unwrap_or_default())
    }

    /// Returns the alerts that fire now, with labels and annotations.
    pub async fn firing(&self) -> Vec<Value> {
        let data = self.api("alerts", &[]).await.expect("the alerts");
        let alerts = data["alerts"].as_array().expect("a list");
        alerts.iter().filter(|alert| alert["state"] == "firing").cloned().collect()
    }

    /// Waits until an alert of this name fires, and returns it.
    pub async fn fires(&self, name: &str) -> Value {
        wait::until(&format!("{name} fires"), async || {
            self.firing().await.into_iter().find(|alert| alert["labels"]["alertname"] == name)
        })
        .await
    }
}

fn lay_out(directory: &Path, sidecar: &str) {
    let configuration = file("prometheus.yml");
    assert!(configuration.contains("\"mcpbouncer:9090\""), "the example's target");
    let configuration = configuration
        .replace("mcpbouncer:9090", sidecar)
        .replace(
            "scrape_interval: 15s",
            &format!("scrape_interval: {INTERVAL}\n  scrape_timeout: {INTERVAL}"),
        )
        .replace("evaluation_interval: 15s", &format!("evaluation_interval: {INTERVAL}"));
    std::fs::write(directory.join("prometheus.yml"), configuration).expect("its configuration");
    let rules = file("rules.yml");
    let at_once = rules.lines().filter(|line| !line.trim_start().starts_with("for: "));
    std::fs::write(directory.join("rules.yml"), at_once.collect::<Vec<_>>().join("\n")).expect("the rules");
}
