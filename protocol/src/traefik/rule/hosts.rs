//! Finds out which hosts a rule can match.

use super::matcher::Matcher;
use super::tree::{Node, Rule};
use std::collections::BTreeSet;

/// The hosts that a rule can match. They include every host that the rule matches, and may include others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hosts {
    /// Any host: an alternative of the rule names no host, or only excludes hosts.
    Any,
    /// The hosts of all alternatives together; empty if the rule demands two hosts at once.
    Of(BTreeSet<HostPattern>),
}

/// One host or several.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum HostPattern {
    /// This name, in lower case without a trailing dot.
    Name(String),
    /// ``Host(`*.example.com`)``: any name with one label in the place of the star; with two stars one label or more.
    /// Versions of Traefik before 3.7 compare a star as a character, so that no request matches.
    Wildcard(String),
    /// The names that this regular expression matches.
    Regexp(String),
}

impl Hosts {
    /// The names, if the rule can match no other host than these.
    pub fn names(&self) -> Option<BTreeSet<&str>> {
        let Self::Of(patterns) = self else { return None };
        patterns
            .iter()
            .map(|pattern| match pattern {
                HostPattern::Name(name) => Some(name.as_str()),
                HostPattern::Wildcard(_) | HostPattern::Regexp(_) => None,
            })
            .collect()
    }

    /// Whether some host may belong to both. A regular expression is taken to match any host.
    pub fn overlap(&self, other: &Self) -> bool {
        !matches!(both(self.clone(), other.clone()), Self::Of(hosts) if hosts.is_empty())
    }
}

impl HostPattern {
    /// A pattern that matches at least the hosts that both patterns match; `None` if no host matches both.
    fn and(&self, other: &Self) -> Option<Self> {
        let meet = match (self, other) {
            (Self::Regexp(_), _) => return Some(other.clone()),
            (_, Self::Regexp(_)) => return Some(self.clone()),
            (Self::Name(name), Self::Wildcard(wildcard)) | (Self::Wildcard(wildcard), Self::Name(name)) => {
                return wildcard_matches(wildcard, name).then(|| Self::Name(name.clone()));
            }
            (Self::Wildcard(one), Self::Wildcard(two)) => {
                return narrower(one, two).map(|wildcard| Self::Wildcard(wildcard.to_owned()));
            }
            (Self::Name(one), Self::Name(two)) => one == two,
        };
        meet.then(|| self.clone())
    }
}

/// The domain after the star or the two stars of a wildcard, and whether there are two. `None` for any other pattern
/// with a star, which matches nothing.
fn domain(wildcard: &str) -> Option<(&str, bool)> {
    let nested = wildcard.strip_prefix("**.").map(|domain| (domain, true));
    nested.or_else(|| wildcard.strip_prefix("*.").map(|domain| (domain, false)))
}

/// The labels that `name` has in front of `domain`, without the last dot; `None` if the name does not lie below the
/// domain.
fn before<'a>(name: &'a str, domain: &str) -> Option<&'a str> {
    name.strip_suffix(domain)?.strip_suffix('.')
}

/// Of two wildcards the one whose names all match the other wildcard as well; `None` if there is none.
fn narrower<'a>(one: &'a str, two: &'a str) -> Option<&'a str> {
    let ((first, first_nested), (second, second_nested)) = (domain(one)?, domain(two)?);
    if first == second {
        return Some(if first_nested { two } else { one });
    }
    if first_nested && before(second, first).is_some() {
        return Some(two);
    }
    (second_nested && before(first, second).is_some()).then_some(one)
}

/// Whether the wildcard matches the name.
pub(super) fn wildcard_matches(wildcard: &str, name: &str) -> bool {
    let Some((domain, nested)) = domain(wildcard) else { return false };
    before(name, domain).is_some_and(|labels| nested || !labels.contains('.'))
}

impl Rule {
    /// The hosts of the requests that this rule can match.
    pub fn hosts(&self) -> Hosts {
        hosts(&self.root)
    }
}

fn hosts(node: &Node) -> Hosts {
    let of = |pattern| Hosts::Of([pattern].into());
    match node {
        Node::Is(Matcher::Host(host)) if host == "*" => Hosts::Any,
        Node::Is(Matcher::Host(host)) => {
            let host = host.strip_suffix('.').unwrap_or(host).to_owned();
            of(if host.starts_with('*') { HostPattern::Wildcard(host) } else { HostPattern::Name(host) })
        }
        Node::Is(Matcher::HostRegexp(regexp)) => of(HostPattern::Regexp(regexp.clone())),
        Node::Is(_) | Node::IsNot(_) => Hosts::Any,
        Node::All(members) => members.iter().map(hosts).fold(Hosts::Any, both),
        Node::Any(members) => members.iter().map(hosts).fold(Hosts::Of(BTreeSet::new()), either),
    }
}

fn both(left: Hosts, right: Hosts) -> Hosts {
    match (left, right) {
        (Hosts::Any, other) | (other, Hosts::Any) => other,
        (Hosts::Of(left), Hosts::Of(right)) => Hosts::Of(
            left.iter().flat_map(|one| right.iter().filter_map(move |other| one.and(other))).collect(),
        ),
    }
}

fn either(left: Hosts, right: Hosts) -> Hosts {
    match (left, right) {
        (Hosts::Of(mut left), Hosts::Of(mut right)) => {
            left.append(&mut right);
            Hosts::Of(left)
        }
        _ => Hosts::Any,
    }
}
