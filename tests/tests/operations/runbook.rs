//! Checks that the rules, their unit tests and the runbook agree.

use std::collections::BTreeSet;

use e2e::prometheus;
use e2e::runtime::run;

use crate::known;

/// The URL of the runbook in the annotations of alerts.
const RUNBOOK: &str = "https://github.com/mcpbouncer/mcpbouncer/blob/main/docs/operations/runbook.md";

#[test]
fn promtool_accepts_the_rules_and_their_tests_pass() {
    run(async {
        for arguments in [
            &["check", "config", "prometheus.yml"] as &[&str],
            &["check", "rules", "rules.yml"],
            &["test", "rules", "rules_test.yml"],
        ] {
            prometheus::promtool(arguments).await;
        }
    });
}

#[test]
fn every_alert_is_complete_tested_and_in_the_runbook() {
    let (runbook, tests) = (known::page("runbook.md"), prometheus::file("rules_test.yml"));
    let mut names = BTreeSet::new();
    for alert in known::alerts() {
        let name = alert.name;
        known::assert_known(&name, &alert.expression);
        let severity = alert.rule["labels"]["severity"].as_str().unwrap_or_default();
        assert!(["critical", "warning", "info"].contains(&severity), "{name}: severity {severity:?}");
        let note = |which: &str| alert.rule["annotations"][which].as_str().unwrap_or_default().to_owned();
        assert!(!note("summary").is_empty() && !note("description").is_empty(), "{name}: what does it mean?");
        assert_eq!(note("runbook_url"), format!("{RUNBOOK}#{}", name.to_lowercase()), "{name}");
        assert!(runbook.contains(&format!("\n### {name}\n")), "{name} has no section in the runbook");
        assert!(tests.contains(&format!("alertname=\"{name}\"}}', value: 1")), "{name} fires in no test");
        assert!(names.insert(name.clone()), "{name} is there twice");
    }
    for (name, expression) in known::recorded() {
        known::assert_known(&name, &expression);
    }
    let sections =
        runbook.lines().filter_map(|line| line.strip_prefix("### ")).filter(|s| s.starts_with("MCPB"));
    for section in sections {
        assert!(names.contains(section), "{section} in the runbook is no alert");
    }
}

/// Reasons that another series shows, which has an alert.
const BY_ANOTHER_SERIES: [&str; 1] = ["upstream_unavailable"];

#[test]
fn every_fault_and_every_suspicious_reason_has_an_alert_and_is_in_the_runbook() {
    let (mut watched, mut left_out) = (BTreeSet::new(), BTreeSet::new());
    for alert in known::alerts() {
        let (wanted, excluded) = known::compared(&alert.expression, "reason");
        watched.extend(wanted);
        left_out.extend(excluded);
    }
    let is_watched = |code: &str| {
        watched
            .iter()
            .any(|value| value.strip_suffix(".+").map_or(value == code, |start| code.starts_with(start)))
    };
    let runbook = known::page("runbook.md");
    for reason in known::reasons() {
        let code = reason.code;
        if reason.severity == "normal" {
            continue;
        }
        // The alert MCPBouncerFault covers every failure that it does not explicitly leave out.
        let by_default = reason.severity == "fault" && !left_out.contains(&code);
        let otherwise = BY_ANOTHER_SERIES.contains(&code.as_str());
        assert!(is_watched(&code) || by_default || otherwise, "no alert is about {code}");
        assert!(runbook.contains(&format!("`{code}`")), "{code} is not in the runbook");
    }
}
