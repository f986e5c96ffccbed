//! Properties of random rules and requests. The seed is fixed and nothing is written, so a run is the same everywhere.

use super::super::matcher::Matcher;
use super::super::network::Network;
use super::super::tree::Node;
use crate::traefik::rule::{HostPattern, Hosts, PathPrefix, RequestView, Rule};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};
use regex::Regex;

fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(0x5255_4c45), ..Config::default() }
}

const NAMES: [&str; 3] = ["oauth-protected-resource", "oauth-authorization-server", "openid-configuration"];

fn regexps(regexp: &str, text: &str) -> bool {
    Regex::new(regexp).unwrap().is_match(text)
}

/// Matchers with few different values, so that rules match requests often enough.
fn matcher() -> impl Strategy<Value = Matcher> {
    let text = |values: &'static [&'static str]| select(values).prop_map(str::to_owned);
    let path = || text(&["/", "/wiki", "/wiki/", "/wiki/mcp", "/oauth/", "/wikipedia"]);
    let value = || text(&["a", "b"]);
    prop_oneof![
        select(&["127.0.0.1", "10.0.0.0/8", "::/0"][..])
            .prop_map(|text| Matcher::ClientIp(Network::parse(text).unwrap())),
        text(&["GET", "POST"]).prop_map(Matcher::Method),
        text(&["a.test", "b.test", "*.test"]).prop_map(Matcher::Host),
        text(&["^a", "test$"]).prop_map(Matcher::HostRegexp),
        path().prop_map(Matcher::Path),
        path().prop_map(Matcher::PathPrefix),
        text(&["^/wiki", "mcp$", "oauth"]).prop_map(Matcher::PathRegexp),
        (value(), value()).prop_map(|(name, value)| Matcher::Header(name, value)),
        (value(), value()).prop_map(|(name, value)| Matcher::HeaderRegexp(name, value)),
        (value(), proptest::option::of(value())).prop_map(|(name, value)| Matcher::Query(name, value)),
        (value(), proptest::option::of(value())).prop_map(|(name, value)| Matcher::QueryRegexp(name, value)),
    ]
}

/// Matchers whose values hold any characters.
fn odd_matcher() -> impl Strategy<Value = Matcher> {
    let any_text = || "[^{]{1,8}|[`\"\\\\\r\n\t\u{feff}\u{85}a]{1,6}".prop_map(|text| text);
    prop_oneof![
        any_text().prop_map(|text| Matcher::Path(format!("/{text}"))),
        any_text().prop_map(Matcher::PathRegexp),
        (any_text(), any_text()).prop_map(|(name, value)| Matcher::Header(name, value)),
    ]
}

fn tree(leaf: impl Strategy<Value = Matcher> + 'static) -> impl Strategy<Value = Rule> {
    let leaf = (leaf, any::<bool>())
        .prop_map(|(matcher, is)| if is { Node::Is(matcher) } else { Node::IsNot(matcher) });
    let node = leaf.prop_recursive(4, 24, 4, |inner| {
        let members = prop::collection::vec(inner, 1..4);
        prop_oneof![members.clone().prop_map(Node::all), members.prop_map(Node::any)]
    });
    node.prop_map(|root| Rule { root })
}

/// A request to match.
#[derive(Clone, Debug)]
struct Request {
    method: &'static str,
    host: &'static str,
    path: String,
    query: &'static str,
    header: Option<(&'static str, &'static str)>,
    peer: &'static str,
}

impl Request {
    fn matches(&self, rule: &Rule) -> bool {
        let headers: Vec<(&str, &str)> = self.header.into_iter().collect();
        let request = RequestView {
            method: self.method,
            host: self.host,
            path: &self.path,
            query: self.query,
            headers: &headers,
            peer: self.peer.parse().unwrap(),
        };
        rule.matches(&request, &regexps)
    }
}

fn path() -> impl Strategy<Value = String> {
    let document = || ("(/wiki|/wikipedia|)", select(&NAMES[..]), "(/wiki|)(/|/mcp|pedia|)");
    let documents = document().prop_map(|(below, name, at)| format!("{below}/.well-known/{name}{at}"));
    prop_oneof![
        documents,
        "(/wiki|/wikipedia|)/oauth(/|/token|x|)",
        "/(wiki|wikipedia|)(/|/mcp|)",
        "/x/(wiki/oauth/|)"
    ]
}

fn request() -> impl Strategy<Value = Request> {
    (
        select(&["GET", "POST", "DELETE"][..]),
        select(&["a.test", "A.TEST:8080", "b.test.", "other", ""][..]),
        path(),
        select(&["", "a", "a=a&b=b", "b=a", "a=%61"][..]),
        proptest::option::of((select(&["A", "b"][..]), select(&["a", "b"][..]))),
        select(&["127.0.0.1", "10.1.2.3", "2001:db8::1"][..]),
    )
        .prop_map(|(method, host, path, query, header, peer)| Request {
            method,
            host,
            path,
            query,
            header,
            peer,
        })
}

/// Whether a path is one of a tenant's OAuth paths, decided without regular expressions.
fn is_oauth_path(prefix: &str, path: &str) -> bool {
    let below = path.strip_prefix(prefix);
    let document = |name: &str| {
        let suffix = !prefix.is_empty() && below == Some(&format!("/.well-known/{name}"));
        let inserted = path.strip_prefix(&format!("/.well-known/{name}{prefix}"));
        suffix || inserted.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    below.is_some_and(|below| below.starts_with("/oauth/")) || NAMES.iter().any(|name| document(name))
}

/// Whether the rule matches if every condition on path and method is met.
fn matches_elsewhere(node: &Node, request: &Request) -> bool {
    match node {
        Node::All(members) => members.iter().all(|member| matches_elsewhere(member, request)),
        Node::Any(members) => members.iter().any(|member| matches_elsewhere(member, request)),
        Node::Is(matcher) | Node::IsNot(matcher) => {
            let text = matcher.to_string();
            text.starts_with("Path")
                || text.starts_with("Method")
                || request.matches(&Rule { root: node.clone() })
        }
    }
}

/// Whether `hosts` may include this host, in the form that Traefik compares.
fn may_be(hosts: &Hosts, host: &str) -> bool {
    let host = host.split(':').next().unwrap().to_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    let Hosts::Of(patterns) = hosts else { return true };
    patterns.iter().any(|pattern| match pattern {
        HostPattern::Name(name) => name == host,
        HostPattern::Wildcard(_) | HostPattern::Regexp(_) => true,
    })
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn a_written_rule_is_read_as_the_same_tree(rule in tree(prop_oneof![matcher(), odd_matcher()])) {
        let text = rule.to_string();
        prop_assert_eq!(Rule::parse(&text), Ok(rule), "{}", text);
        prop_assert!(!text.contains(['\n', '\r', '\0']));
    }

    #[test]
    fn a_negated_rule_matches_what_the_rule_does_not(rule in tree(matcher()), request in request()) {
        let negated = Rule::parse(&format!("!({rule})")).unwrap();
        prop_assert_ne!(request.matches(&rule), request.matches(&negated));
    }

    #[test]
    fn the_oauth_rule_is_the_paths_and_the_other_conditions(
        rule in tree(matcher()),
        request in request(),
        prefix in select(&["", "/wiki"][..]),
    ) {
        let oauth = rule.oauth(&PathPrefix::parse(prefix).unwrap());
        let expected = is_oauth_path(prefix, &request.path) && matches_elsewhere(&rule.root, &request);
        prop_assert_eq!(request.matches(&oauth), expected, "{} from {}", oauth, rule);
        prop_assert_eq!(Rule::parse(&oauth.to_string()), Ok(oauth));
    }

    #[test]
    fn every_host_that_matches_is_named(rule in tree(matcher()), request in request()) {
        let hosts = rule.hosts();
        prop_assert!(!request.matches(&rule) || may_be(&hosts, request.host), "{rule}: {hosts:?}");
        prop_assert_eq!(&rule.oauth(&PathPrefix::default()).hosts(), &hosts);
    }

    #[test]
    fn every_path_that_matches_is_at_or_below_the_tenants(rule in tree(matcher()), request in request()) {
        if let Ok(prefix) = rule.prefix()
            && request.matches(&rule)
        {
            // Traefik's PathPrefix is a plain string prefix; the plugin refuses paths that are not below it by whole
            // segments.
            prop_assert!(request.path.starts_with(prefix.as_str()), "{rule}: {prefix}");
        }
    }

    #[test]
    fn no_text_is_a_panic(text in "\\PC*") {
        let _ = Rule::parse(&text);
    }

    #[test]
    fn no_text_of_a_rules_pieces_is_a_panic(
        pieces in prop::collection::vec(
            select(&["Host", "Path", "(", ")", "!", "&&", "||", ",", "...", "`/a`", "\"a\"", "\"\\", "`", "\n", " ", "//", "/*", "*/", "é"][..]),
            0..24,
        )
    ) {
        if let Ok(rule) = Rule::parse(&pieces.concat()) {
            prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
        }
    }
}
