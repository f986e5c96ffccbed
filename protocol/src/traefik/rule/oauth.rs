//! The OAuth router's rule, from the protected router's.

use super::matcher::Matcher;
use super::prefix::PathPrefix;
use super::tree::{Node, Rule};
use crate::traefik::OAuthPaths;

impl Rule {
    /// The rule of the OAuth router for the tenant with this path: what this rule demands apart from the path, and one of the
    /// tenant's OAuth paths.
    ///
    /// Every path matcher counts as true, a negated one too, and so does every `Method` matcher: a login sends GET, POST and
    /// OPTIONS, the administration of a client PUT and DELETE (RFC 7592), whatever methods the MCP server takes. The sidecar
    /// refuses methods by itself.
    ///
    /// `Host`, `HostRegexp`, `ClientIP`, `Header` and `Query` matchers stay, negated ones too: the router answers where the
    /// protected one does and nowhere else. A browser cannot meet a condition on headers or the query; [`Rule::obstacles`]
    /// names those.
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

    /// The matchers of this rule that a login's requests may fail: conditions on headers and on the query, which the OAuth
    /// router keeps and a browser does not send.
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

/// What is left of a condition if paths and methods count as true; `None` if that is always true.
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

/// Each once: alternatives that differed in their path only have become equal.
fn distinct(nodes: impl Iterator<Item = Node>) -> Vec<Node> {
    let mut found = Vec::new();
    for node in nodes {
        if !found.contains(&node) {
            found.push(node);
        }
    }
    found
}
