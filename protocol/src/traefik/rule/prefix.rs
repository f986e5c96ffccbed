//! Finds out which path a protected router serves.

use super::matcher::Matcher;
use super::tree::{Node, Rule};
use crate::uri::{Base, path_is_at_or_below};
use core::fmt;
use std::collections::BTreeSet;

/// The path of a tenant's base: `""` for a tenant that has the host to itself, else a path without trailing slash such
/// as `/wiki`. It is canonical: a [`Base`] keeps it unchanged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct PathPrefix(String);

impl PathPrefix {
    /// Reads a path that begins with a slash, or the empty text; a trailing slash is dropped.
    ///
    /// Escapes (`%20`) are refused: Traefik compares rules with the decoded path, so no request would match.
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        let refused = || PrefixError::NotAPath(text.to_owned());
        let path = text.strip_suffix('/').unwrap_or(text);
        if path.contains('%') {
            return Err(refused());
        }
        let base = Base::parse(&["https://host", path].concat()).map_err(|_| refused())?;
        if base.path() == path { Ok(Self(path.to_owned())) } else { Err(refused()) }
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the tenant has the host to itself.
    pub const fn is_host_only(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a rule does not determine the path of a tenant. Each message says what to change.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PrefixError {
    /// Several paths of which none lies above the others.
    #[error(
        "the rule has the paths {0} and {1}: write a router for each, or a middleware of the router's own with the option pathPrefix"
    )]
    Several(String, String),
    /// One alternative has a path and another has none.
    #[error(
        "one alternative of the rule has the path {0} and another has none: write a router for each, or a middleware of the router's own with the option pathPrefix"
    )]
    Mixed(String),
    /// All path matchers of the rule, or of one alternative, are negated.
    #[error(
        "the only path in the rule is negated: add PathPrefix(`/…`), or a middleware of the router's own with the option pathPrefix, which is empty for the whole host"
    )]
    Negated,
    /// All path matchers of the rule, or of one alternative, are regular expressions.
    #[error(
        "the only path in the rule is a regular expression: add PathPrefix(`/…`), or a middleware of the router's own with the option pathPrefix, which is empty for the whole host"
    )]
    Regexp,
    /// The paths of the rule exclude each other.
    #[error("no path matches the rule: two of its paths exclude each other; remove one of them")]
    Never,
    /// The path is not canonical, holds an escape, or cannot be part of a URL.
    #[error(
        "{0:?} cannot be the path of a base URL: write a path of plain characters without escapes, dot segments and empty segments"
    )]
    NotAPath(String),
    /// More than 256 paths.
    #[error("the rule has more than 256 paths; write several routers")]
    TooMany,
}

/// The maximum number of paths that are compared.
const MOST: usize = 256;

impl Rule {
    /// The path of the tenant that a router with this rule serves.
    ///
    /// | the rule's path matchers | the tenant's path |
    /// |---|---|
    /// | none, or ``PathPrefix(`/`)`` alone | `""`: the whole host |
    /// | ``PathPrefix(`/wiki`)``, ``PathPrefix(`/wiki/`)``, ``Path(`/wiki`)``, or several of them as alternatives | `/wiki` |
    /// | ``Path(`/`)`` | `""`: the base of the root is the whole host |
    /// | several paths, all at or below one of them by whole segments: ``Path(`/wiki/mcp`) || PathPrefix(`/wiki/`)`` | that one: `/wiki` |
    /// | paths that a request must match together: ``PathPrefix(`/wiki`) && Path(`/wiki/mcp`)`` | the narrower: `/wiki/mcp` |
    /// | one of these paths, and (`&&`) negated paths or regular expressions that narrow it | as without those |
    /// | anything else | an error |
    ///
    /// A rule whose only path is ``Path(`/mcp`)`` makes the tenant `/mcp` and not one of the whole host. The router of
    /// such a rule claims one path of a host that may serve other things, perhaps an authorization server of its own at
    /// `/oauth/`; a tenant of the whole host would take `/oauth/` and the metadata documents at the root from them, and
    /// its tokens would be for every path of the host. In the earlier MCPBouncer, too, the rule ``PathPrefix(`/wiki`)``
    /// means a base with a path.
    ///
    /// Negated paths alone are an error although "the whole host but …" would be clear: `/oauth/` may be what the rule
    /// excludes.
    pub fn prefix(&self) -> Result<PathPrefix, PrefixError> {
        let cones = match paths(&self.root)? {
            Paths::Every => return Ok(PathPrefix::default()),
            Paths::Unclear(reason) => return Err(reason),
            Paths::Below(cones) => cones,
        };
        let Some(first) = cones.iter().min_by_key(|cone| cone.base().len()) else {
            return Err(PrefixError::Never);
        };
        match cones.iter().find(|cone| !path_is_at_or_below(cone.path(), first.base())) {
            Some(other) => Err(PrefixError::Several(first.shown(), other.shown())),
            None => PathPrefix::parse(first.path()),
        }
    }
}

/// The paths that one matcher accepts: one path, or all paths with a prefix.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Cone {
    Exactly(String),
    StartingWith(String),
}

impl Cone {
    fn path(&self) -> &str {
        match self {
            Self::Exactly(path) | Self::StartingWith(path) => path,
        }
    }

    /// The path without trailing slash.
    fn base(&self) -> &str {
        let path = self.path();
        path.strip_suffix('/').unwrap_or(path)
    }

    /// The path as an error message shows it.
    fn shown(&self) -> String {
        if self.base().is_empty() { "/".to_owned() } else { self.base().to_owned() }
    }

    /// The paths that both accept; `None` if there are none.
    fn and(&self, other: &Self) -> Option<Self> {
        let narrows = |narrow: &Self, wide: &Self| match wide {
            Self::Exactly(_) => narrow == wide,
            Self::StartingWith(prefix) => narrow.path().starts_with(prefix.as_str()),
        };
        match (narrows(self, other), narrows(other, self)) {
            (true, _) => Some(self.clone()),
            (_, true) => Some(other.clone()),
            _ => None,
        }
    }
}

/// The paths that a condition accepts.
enum Paths {
    /// Every path: the condition does not look at the path.
    Every,
    /// Each path that at least one of these matchers accepts.
    Below(BTreeSet<Cone>),
    /// The condition looks at the path, but determines no prefix, for this reason.
    Unclear(PrefixError),
}

fn paths(node: &Node) -> Result<Paths, PrefixError> {
    Ok(match node {
        Node::Is(Matcher::PathPrefix(path)) if path == "/" => Paths::Every,
        Node::Is(Matcher::PathPrefix(path)) => Paths::Below([Cone::StartingWith(path.clone())].into()),
        Node::Is(Matcher::Path(path)) => Paths::Below([Cone::Exactly(path.clone())].into()),
        Node::Is(Matcher::PathRegexp(_)) | Node::IsNot(Matcher::PathRegexp(_)) => {
            Paths::Unclear(PrefixError::Regexp)
        }
        Node::IsNot(Matcher::PathPrefix(_) | Matcher::Path(_)) => Paths::Unclear(PrefixError::Negated),
        Node::Is(_) | Node::IsNot(_) => Paths::Every,
        Node::All(members) => {
            members.iter().try_fold(Paths::Every, |all, member| both(all, paths(member)?))?
        }
        Node::Any(members) => {
            let mut members = members.iter().map(paths);
            let first = members.next().unwrap_or(Ok(Paths::Every))?;
            members.try_fold(first, |any, member| either(any, member?))?
        }
    })
}

fn both(left: Paths, right: Paths) -> Result<Paths, PrefixError> {
    Ok(match (left, right) {
        (Paths::Below(left), Paths::Below(right)) => {
            let pairs = left.iter().flat_map(|one| right.iter().filter_map(move |other| one.and(other)));
            Paths::Below(at_most(pairs.collect())?)
        }
        (Paths::Below(cones), _) | (_, Paths::Below(cones)) => Paths::Below(cones),
        (Paths::Unclear(reason), _) | (_, Paths::Unclear(reason)) => Paths::Unclear(reason),
        (Paths::Every, Paths::Every) => Paths::Every,
    })
}

fn either(left: Paths, right: Paths) -> Result<Paths, PrefixError> {
    Ok(match (left, right) {
        (Paths::Unclear(reason), _) | (_, Paths::Unclear(reason)) => Paths::Unclear(reason),
        (Paths::Below(mut left), Paths::Below(mut right)) => {
            left.append(&mut right);
            Paths::Below(at_most(left)?)
        }
        (Paths::Below(cones), Paths::Every) | (Paths::Every, Paths::Below(cones)) => {
            let path = cones.first().map(Cone::shown).unwrap_or_default();
            Paths::Unclear(PrefixError::Mixed(path))
        }
        (Paths::Every, Paths::Every) => Paths::Every,
    })
}

fn at_most(cones: BTreeSet<Cone>) -> Result<BTreeSet<Cone>, PrefixError> {
    if cones.len() > MOST { Err(PrefixError::TooMany) } else { Ok(cones) }
}
