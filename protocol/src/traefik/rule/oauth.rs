//! Derives the OAuth router's rule from the rule of the protected router.

use super::matcher::Matcher;
use super::prefix::PathPrefix;
use super::tree::{Node, Rule};
use crate::traefik::OAuthPaths;

impl Rule {
    /// The rule of the OAuth router for the tenant with this path. It demands one of the tenant's OAuth paths, and what
    /// this rule demands of anything but the path and the method.
    ///
    /// Every path matcher counts as true, negated or not. So does every `Method` matcher: OAuth clients and browsers
    /// send GET, POST and OPTIONS, client configuration requests (RFC 7592) also PUT and DELETE, whatever methods the
    /// MCP server accepts. The sidecar refuses wrong methods itself.
    ///
    /// `Host`, `ClientIP`, `Header` and `Query` matchers and their variants with regular expressions stay, negated or
    /// not: the OAuth router must not match on a host, or for a client address, where the protected router never does.
    /// A browser usually does not send what a condition on headers or the query demands; [`Rule::obstacles`] returns
    /// these conditions.
    #[must_use]
    pub fn oauth(&self, prefix: &PathPrefix) -> Self {
        let paths = OAuthPaths::of(prefix.as_str());
        let paths = Node::any(vec![
            Node::Is(Matcher::PathPrefix(paths.prefix().to_owned())),
            Node::Is(Matcher::PathRegexp(paths.regexp().to_owned())),
        ]);
        let root = match demands(&self.root) {
            Some(demands) => Node::all(vec![demands, paths]),
            None => paths,
        };
        Self { root }
    }

    /// The matchers of this rule that may keep a login from succeeding: conditions on headers and on the query. The
    /// OAuth router's rule keeps them, but a browser's requests may not fulfil them.
    pub fn obstacles(&self) -> Vec<String> {
        let mut matchers = Vec::new();
        self.root.matchers(&mut matchers);
        let obstacle = |matcher: &&Matcher| {
            matches!(
                matcher,
                Matcher::Header(..)
                    | Matcher::HeaderRegexp(..)
                    | Matcher::Query(..)
                    | Matcher::QueryRegexp(..)
            )
        };
        matchers.into_iter().filter(obstacle).map(Matcher::to_string).collect()
    }
}

/// What is left of a condition if every matcher of paths or methods counts as true; `None` if nothing is left.
fn demands(node: &Node) -> Option<Node> {
    match node {
        Node::Is(matcher) | Node::IsNot(matcher) => match matcher {
            Matcher::Path(_) | Matcher::PathPrefix(_) | Matcher::PathRegexp(_) | Matcher::Method(_) => None,
            Matcher::ClientIp(_)
            | Matcher::Host(_)
            | Matcher::HostRegexp(_)
            | Matcher::Header(..)
            | Matcher::HeaderRegexp(..)
            | Matcher::Query(..)
            | Matcher::QueryRegexp(..) => Some(node.clone()),
        },
        Node::All(members) => {
            let left = distinct(members.iter().filter_map(demands));
            if left.is_empty() { None } else { Some(Node::all(left)) }
        }
        Node::Any(members) => {
            let left: Option<Vec<Node>> = members.iter().map(demands).collect();
            left.map(|left| Node::any(distinct(left.into_iter())))
        }
    }
}

/// Drops repetitions: alternatives that differed only in their path have become equal.
fn distinct(nodes: impl Iterator<Item = Node>) -> Vec<Node> {
    let mut found = Vec::new();
    for node in nodes {
        if !found.contains(&node) {
            found.push(node);
        }
    }
    found
}
