//! Tests the table of whole rules, `tests/fixtures/rules.json`. It has for each rule the tenant's path, the hosts and
//! the OAuth router's rule, or the reason why there is none, and where each of a list of requests goes.
//! `tests/tests/e2e/rules.rs` sends the requests to real Traefik.
//!
//! In the column `outcomes`, a letter for each request, `m` is the MCP router, `o` the OAuth router, which has the
//! higher priority, and `-` neither. `UPDATE_RULES=1 cargo test -p protocol --test rules` writes that column; the other
//! columns are written by hand. `{paths}` in an OAuth rule stands for the tenant's OAuth paths, which are listed in
//! `paths`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use protocol::traefik::OAuthPaths;
use protocol::traefik::rule::{HostPattern, Hosts, PathPrefix, RequestView, Rule};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

const TABLE: &str = include_str!("../../tests/fixtures/rules.json");

#[derive(Deserialize)]
struct Table {
    /// The OAuth paths of each tenant's path in the table.
    paths: BTreeMap<String, String>,
    /// The requests, each with method, host, path with query, and perhaps a header.
    requests: Vec<String>,
    rules: Vec<Row>,
}

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
struct Row {
    rule: String,
    /// The tenant's path that the operator gives where no path follows from the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    given: Option<String>,
    /// The tenant's path that follows from the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// Why no path follows from the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_path: Option<String>,
    /// Why the rule is not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    /// The hosts, with `~` before a regular expression; any host if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    hosts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oauth: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcomes: Option<String>,
}

fn table() -> Table {
    serde_json::from_str(TABLE).unwrap()
}

fn matches(rule: &Rule, request: &str) -> bool {
    let mut parts = request.splitn(4, ' ');
    let mut next = || parts.next().unwrap_or_default();
    let (method, host, target, header) = (next(), next(), next(), next());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(&str, &str)> = header.split_once(": ").into_iter().collect();
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let request = RequestView { method, host, path, query, headers: &headers, peer };
    rule.matches(&request, &|regexp, text| Regex::new(regexp).unwrap().is_match(text))
}

fn outcome(mcp: &Rule, oauth: &Rule, request: &str) -> char {
    match (matches(oauth, request), matches(mcp, request)) {
        (true, _) => 'o',
        (false, true) => 'm',
        (false, false) => '-',
    }
}

fn hosts(rule: &Rule) -> Option<Vec<String>> {
    let Hosts::Of(patterns) = rule.hosts() else { return None };
    let text = |pattern| match pattern {
        HostPattern::Name(name) | HostPattern::Wildcard(name) => name,
        HostPattern::Regexp(regexp) => format!("~{regexp}"),
    };
    Some(patterns.into_iter().map(text).collect())
}

/// The row as the code computes it. `given` and `rule` are the inputs.
fn computed(row: &Row, table: &Table) -> Row {
    let Row { rule: text, given, .. } = row.clone();
    let empty = Row {
        rule: text.clone(),
        given: given.clone(),
        path: None,
        no_path: None,
        refused: None,
        hosts: None,
        oauth: None,
        outcomes: None,
    };
    let rule = match Rule::parse(&text) {
        Ok(rule) => rule,
        Err(error) => return Row { refused: Some(error.to_string()), ..empty },
    };
    let (path, no_path) = match rule.prefix() {
        Ok(path) => (Some(path.to_string()), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let prefix = path.clone().or(given).unwrap_or_else(|| panic!("{text}: no path, and none is given"));
    let oauth = rule.oauth(&PathPrefix::parse(&prefix).unwrap());
    let paths = OAuthPaths::of(&prefix).alternatives();
    assert!(table.paths.contains_key(&prefix), "the table does not list the paths of {prefix}");
    let shown = oauth.to_string().replace(&format!("({paths})"), "{paths}").replace(&paths, "{paths}");
    let outcomes = table.requests.iter().map(|request| outcome(&rule, &oauth, request)).collect();
    Row { path, no_path, hosts: hosts(&rule), oauth: Some(shown), outcomes: Some(outcomes), ..empty }
}

#[test]
fn each_rule_has_its_path_hosts_oauth_rule_and_outcomes() {
    let table = table();
    assert!(table.rules.len() >= 50);
    let rows: Vec<Row> = table.rules.iter().map(|row| computed(row, &table)).collect();
    #[cfg(not(target_family = "wasm"))]
    if std::env::var_os("UPDATE_RULES").is_some() {
        return write(&table, &rows);
    }
    for (path, paths) in &table.paths {
        assert_eq!(OAuthPaths::of(path).alternatives(), *paths);
    }
    for (row, computed) in table.rules.iter().zip(&rows) {
        let (row, computed) = (serde_json::to_value(row).unwrap(), serde_json::to_value(computed).unwrap());
        assert_eq!(computed, row);
    }
}

/// Writes the table with the outcomes of these rows, one row a line.
#[cfg(not(target_family = "wasm"))]
fn write(table: &Table, rows: &[Row]) {
    let requests: Vec<String> =
        table.requests.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    let row = |(row, computed): (&Row, &Row)| {
        serde_json::to_string(&Row { outcomes: computed.outcomes.clone(), ..row.clone() }).unwrap()
    };
    let rules: Vec<String> = table.rules.iter().zip(rows).map(row).collect();
    let text = format!(
        "{{\n\"paths\": {},\n\"requests\": [\n{}\n],\n\"rules\": [\n{}\n]\n}}\n",
        serde_json::to_string_pretty(&table.paths).unwrap(),
        requests.join(",\n"),
        rules.join(",\n")
    );
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/rules.json");
    std::fs::write(file, text).unwrap();
}

#[test]
fn each_oauth_rule_answers_where_a_login_needs_it() {
    let login = [
        ("GET", "/oauth/authorize"),
        ("POST", "/oauth/token"),
        ("OPTIONS", "/oauth/token"),
        ("PUT", "/oauth/register/c"),
        ("DELETE", "/oauth/register/c"),
    ];
    for row in table().rules.iter().filter(|row| row.refused.is_none()) {
        let rule = Rule::parse(&row.rule).unwrap();
        let prefix = PathPrefix::parse(row.path.as_ref().or(row.given.as_ref()).unwrap()).unwrap();
        let oauth = rule.oauth(&prefix);
        let elsewhere = row.rule.to_lowercase().contains("10.0.0.0/8") || !rule.obstacles().is_empty();
        for (method, path) in login {
            let reached = ["h.test", "x.b.test"]
                .iter()
                .any(|host| matches(&oauth, &format!("{method} {host} {prefix}{path}")));
            assert!(reached || elsewhere, "{method} {path}: {}", row.rule);
        }
    }
}

#[test]
fn conditions_that_a_browser_cannot_meet_are_named() {
    let rule =
        Rule::parse("Host(`h`) && !(Header(`Mcp-Session-Id`, `a`) || Query(`b`)) && Method(`POST`)").unwrap();
    assert_eq!(rule.obstacles(), ["Header(`Mcp-Session-Id`, `a`)", "Query(`b`)"]);
    assert!(Rule::parse("Host(`h`) && ClientIP(`10.0.0.0/8`) && Path(`/a`)").unwrap().obstacles().is_empty());
}

#[test]
fn rules_that_share_a_host_overlap() {
    let overlap = |one: &str, two: &str| {
        let (one, two) = (Rule::parse(one).unwrap().hosts(), Rule::parse(two).unwrap().hosts());
        assert_eq!(one.overlap(&two), two.overlap(&one));
        one.overlap(&two)
    };
    assert!(overlap("Host(`a.test`) || Host(`b.test`)", "Host(`B.test.`) && Path(`/x`)"));
    assert!(!overlap("Host(`a.test`) || Host(`b.test`)", "Host(`c.test`)"));
    assert!(overlap("Host(`a.test`)", "PathPrefix(`/`)") && overlap("Host(`a.test`)", "!Host(`a.test`)"));
    assert!(overlap("Host(`a.test`)", "HostRegexp(`^b`)") && overlap("Host(`*`)", "Host(`a`)"));
    assert!(overlap("Host(`*.test`)", "Host(`a.test`)") && !overlap("Host(`*.test`)", "Host(`b.a.test`)"));
    assert!(overlap("Host(`**.test`)", "Host(`b.a.test`)") && !overlap("Host(`**.test`)", "Host(`test`)"));
    assert!(overlap("Host(`*.test`)", "Host(`**.test`)") && !overlap("Host(`*.test`)", "Host(`*.a.test`)"));
    assert!(
        overlap("Host(`**.test`)", "Host(`*.a.test`)") && !overlap("Host(`**.a.test`)", "Host(`*.b.test`)")
    );
    assert!(!overlap("Host(`*.test`)", "Host(`test`)") && !overlap("Host(`*.test`)", "Host(`atest`)"));
    assert!(!overlap("Host(`a.test`) && Host(`b.test`)", "PathPrefix(`/`)"));
    let names = |rule: &str| {
        Rule::parse(rule)
            .unwrap()
            .hosts()
            .names()
            .map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(
        names("(Host(`b`) || Host(`a`)) && (ClientIP(`::1`) || Host(`b`))"),
        Some(vec!["a".into(), "b".into()])
    );
    assert_eq!(names("Host(`b`) || HostRegexp(`a`)"), None);
}
