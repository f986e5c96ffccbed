//! The report as JSON.

use serde_json::{Value, json};

use super::check::Check;
use super::ledger::Outcome;
use super::report::Report;

impl Report {
    /// The report as one JSON object, with a line break at its end.
    pub fn to_json(&self) -> String {
        let counts = self.counts();
        let results = self.sections.iter().flat_map(|section| {
            section.results.iter().flat_map(|(check, outcome)| rows(*check, section.url.as_deref(), outcome))
        });
        let report = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "exit_code": self.exit_code(),
            "faults": counts.faults,
            "warnings": counts.warnings,
            "advice": counts.advice,
            "fine": counts.fine,
            "not_checked": counts.not_checked,
            "results": results.collect::<Vec<Value>>(),
        });
        format!("{report:#}\n")
    }
}

/// Returns the outcome of a check: one object, or one for each finding.
fn rows(check: Check, url: Option<&str>, outcome: &Outcome) -> Vec<Value> {
    let row = check.row();
    let base = json!({ "code": row.code, "place": row.place.word(), "url": url, "check": row.title });
    let with = |more: Value| {
        let mut object = base.clone();
        if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
            object.extend(more);
        }
        object
    };
    match outcome {
        Outcome::Fine => vec![with(json!({ "outcome": "fine" }))],
        Outcome::NotChecked(reason) => vec![with(json!({ "outcome": "not_checked", "reason": reason }))],
        Outcome::Found(findings) => {
            let found = findings.iter().map(|finding| {
                with(json!({
                    "outcome": "found",
                    "severity": finding.severity.word(),
                    "sentence": finding.sentence,
                    "remedy": finding.remedy,
                }))
            });
            found.collect()
        }
    }
}
