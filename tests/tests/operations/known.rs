//! What exists according to the documentation: series, kinds of events, and reasons, from generated tables.

use std::collections::{BTreeMap, BTreeSet};

use e2e::paths;
use e2e::prometheus;
use serde_json::Value;

/// A series that `docs/operations/metrics.md` lists.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) is_histogram: bool,
    pub(crate) labels: BTreeSet<String>,
}

/// A reason that `docs/operations/events.md` lists, and how severe it is.
pub(crate) struct Reason {
    pub(crate) code: String,
    pub(crate) severity: String,
}

/// An alert of `rules.yml`.
pub(crate) struct Alert {
    pub(crate) name: String,
    pub(crate) expression: String,
    pub(crate) rule: Value,
}

pub(crate) fn page(name: &str) -> String {
    let path = paths::repository().join("docs/operations").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the cells of the rows between `<!-- generated: mark -->` and `<!-- end -->`.
fn table(page: &str, mark: &str) -> Vec<Vec<String>> {
    let (_, rest) = page.split_once(&format!("<!-- generated: {mark} -->\n")).expect("the table");
    let (table, _) = rest.split_once("<!-- end -->").expect("the table's end");
    let rows = table.lines().skip(2).map(|line| {
        line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    });
    rows.collect()
}

pub(crate) fn series() -> Vec<Series> {
    let rows = table(&page("metrics.md"), "metrics").into_iter().map(|row| Series {
        name: row[0].clone(),
        is_histogram: row[1] == "histogram",
        labels: row[2]
            .split(',')
            .map(|label| label.trim().trim_matches('`').to_owned())
            .filter(|label| label != "–")
            .collect(),
    });
    rows.collect()
}

pub(crate) fn reasons() -> Vec<Reason> {
    let rows = table(&page("events.md"), "reasons").into_iter();
    rows.map(|row| Reason { code: row[0].clone(), severity: row[1].clone() }).collect()
}

pub(crate) fn kinds() -> BTreeSet<String> {
    table(&page("events.md"), "kinds").into_iter().map(|row| row[0].clone()).collect()
}

/// Returns every rule of `rules.yml`.
fn rules() -> Vec<Value> {
    let rules: Value = serde_saphyr::from_str(&prometheus::file("rules.yml")).expect("YAML");
    let groups = rules["groups"].as_array().expect("groups");
    groups.iter().flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default()).collect()
}

pub(crate) fn alerts() -> Vec<Alert> {
    let alerts = rules().into_iter().filter_map(|rule| {
        let text = |name: &str| rule[name].as_str().map(str::to_owned);
        Some(Alert { name: text("alert")?, expression: text("expr")?, rule })
    });
    alerts.collect()
}

/// Returns the recorded series: names and expressions.
pub(crate) fn recorded() -> BTreeMap<String, String> {
    let text = |rule: &Value, name: &str| rule[name].as_str().map(str::to_owned);
    rules().iter().filter_map(|rule| Some((text(rule, "record")?, text(rule, "expr")?))).collect()
}

/// Returns the names in an expression that begin with a prefix of our series.
pub(crate) fn names(expression: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let words = expression.split(|c| !is_part(c));
    words.filter(|word| word.starts_with("bouncer_") || word.starts_with("bouncer:")).collect()
}

/// Returns the values to which an expression compares a label: first those that it wants, then those that it excludes.
/// Alternatives in a pattern count as single values.
pub(crate) fn compared(expression: &str, label: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut wanted, mut excluded) = (BTreeSet::new(), BTreeSet::new());
    for (at, _) in expression.match_indices(label) {
        let starts = expression[..at].chars().next_back().is_none_or(|c| "{, ".contains(c));
        let rest = &expression[at + label.len()..];
        let Some((operator, rest)) =
            ["=~", "!~", "!=", "="].iter().find_map(|op| Some((*op, rest.strip_prefix(op)?)))
        else {
            continue;
        };
        let Some((values, _)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) else {
            continue;
        };
        if starts {
            let into = if operator.starts_with('!') { &mut excluded } else { &mut wanted };
            into.extend(values.split('|').map(str::to_owned));
        }
    }
    (wanted, excluded)
}

/// Fails unless each name in an expression is a known or recorded series, and each compared label has only existing
/// values.
pub(crate) fn assert_known(place: &str, expression: &str) {
    let (series, recorded) = (series(), recorded());
    for name in names(expression) {
        let is_series = series.iter().any(|series| match name.strip_prefix(&series.name) {
            Some("") => !series.is_histogram,
            Some("_bucket" | "_count" | "_sum") => series.is_histogram,
            _ => false,
        });
        assert!(is_series || recorded.contains_key(name), "{place}: there is no series {name}");
    }
    let known = |label: &str| -> BTreeSet<String> {
        let reasons = reasons().into_iter().map(|reason| reason.code);
        match label {
            "reason" => reasons.collect(),
            // The problems of Traefik are counted by their reasons.
            "kind" => reasons.chain(kinds()).collect(),
            _ => ["success", "refused", "failed", "ok", "unavailable", "misconfigured", "unverifiable"]
                .map(str::to_owned)
                .into(),
        }
    };
    for label in ["reason", "kind", "outcome"] {
        let known = known(label);
        let (wanted, excluded) = compared(expression, label);
        for value in wanted.iter().chain(&excluded) {
            let exists = match value.strip_suffix(".+") {
                Some(start) => known.iter().any(|known| known.starts_with(start)),
                None => known.contains(value),
            };
            assert!(exists, "{place}: there is no {label} {value}");
        }
    }
}
