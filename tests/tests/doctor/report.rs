//! Runs `doctor` and reads its report.

use std::collections::BTreeSet;

use e2e::paths;
use e2e::process::{Process, Program};
use e2e::sidecar::Sidecar;
use e2e::wait;
use serde_json::Value;
use tempfile::TempDir;

/// What `doctor` reported.
#[derive(Debug)]
pub struct Report {
    /// The exit code.
    pub exit_code: i32,
    /// The report as JSON.
    pub json: Value,
}

impl Report {
    async fn of(mut process: Process) -> Self {
        let status = process.ended().await;
        let text = process.stdout();
        let json = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error}: {text}\n{}", process.stderr()));
        Self { exit_code: status.code().expect("it was not killed"), json }
    }

    /// Returns the results of a check.
    pub fn results(&self, code: &str) -> Vec<&Value> {
        let all = self.json["results"].as_array().expect("results");
        let own: Vec<&Value> = all.iter().filter(|result| result["code"] == code).collect();
        assert!(!own.is_empty(), "{code} is not among the results: {self:?}");
        own
    }

    /// Returns the codes of the checks with this outcome.
    pub fn with(&self, outcome: &str) -> BTreeSet<&str> {
        let all = self.json["results"].as_array().expect("results");
        let with = all.iter().filter(|result| result["outcome"] == outcome);
        with.map(|result| result["code"].as_str().expect("a code")).collect()
    }

    /// Returns the code and the sentence of every finding.
    pub fn sentences(&self) -> Vec<String> {
        let all = self.json["results"].as_array().expect("results");
        let found = all.iter().filter(|result| result["outcome"] == "found");
        found.map(|result| format!("{}: {}", result["code"], result["sentence"])).collect()
    }

    /// Returns the sentence of the first finding of a check.
    pub fn sentence(&self, code: &str) -> &str {
        self.results(code)[0]["sentence"].as_str().unwrap_or_default()
    }

    /// Panics unless exactly these checks found something, and each finding has a sentence and a remedy.
    #[track_caller]
    pub fn expect(self, codes: &[&str]) -> Self {
        assert_eq!(self.with("found"), codes.iter().copied().collect(), "{:#?}", self.sentences());
        for code in codes {
            for finding in self.results(code) {
                let text = |member: &str| finding[member].as_str().unwrap_or_default();
                assert!(text("sentence").ends_with('.') && text("remedy").len() > 10, "{finding}");
            }
        }
        self
    }
}

/// Checks from outside, without any variable.
pub async fn from_outside(arguments: &[&str]) -> Report {
    let folder = TempDir::new().expect("a temporary directory");
    let program = Program::new("doctor", paths::mcpbouncer()).args(["doctor", "--json"]).args(arguments);
    Report::of(program.start(folder.path())).await
}

/// Checks with the environment of this sidecar.
pub async fn from_inside(sidecar: &mut Sidecar, arguments: &[&str]) -> Report {
    let all = [&["doctor", "--json"], arguments].concat();
    Report::of(sidecar.begin(&all)).await
}

/// Waits until `doctor` finds this from outside: Traefik loads a changed file after a moment.
pub async fn until_found(arguments: &[&str], code: &str) -> Report {
    wait::until(&format!("doctor finds {code}"), async || {
        let report = from_outside(arguments).await;
        report.with("found").contains(code).then_some(report)
    })
    .await
}
