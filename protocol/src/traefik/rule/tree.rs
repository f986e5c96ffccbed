//! A rule as a tree of conditions.

use super::matcher::Matcher;
use core::fmt;

/// The rule of an HTTP router.
///
/// As in Traefik, only matchers are negated: `!(A && B)` becomes `!A || !B`. Redundant parentheses are not kept.
/// `Display` writes a rule that Traefik reads as the same tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    pub(super) root: Node,
}

/// A condition. `All` and `Any` have at least two members, and none that is of the same kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Node {
    All(Vec<Self>),
    Any(Vec<Self>),
    Is(Matcher),
    IsNot(Matcher),
}

impl Node {
    /// A condition that all members must meet. There must be at least one member.
    pub(super) fn all(members: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        single(flat).unwrap_or_else(Self::All)
    }

    /// A condition that at least one member must meet. There must be at least one member.
    pub(super) fn any(members: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        single(flat).unwrap_or_else(Self::Any)
    }

    /// Appends the matchers to `found`, in the order of the rule.
    pub(super) fn matchers<'a>(&'a self, found: &mut Vec<&'a Matcher>) {
        match self {
            Self::All(members) | Self::Any(members) => {
                for member in members {
                    member.matchers(found);
                }
            }
            Self::Is(matcher) | Self::IsNot(matcher) => found.push(matcher),
        }
    }
}

/// Returns the member if there is exactly one; otherwise returns all members as the error.
fn single(mut members: Vec<Node>) -> Result<Node, Vec<Node>> {
    match members.pop() {
        Some(only) if members.is_empty() => Ok(only),
        Some(last) => {
            members.push(last);
            Err(members)
        }
        None => Err(members),
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (members, operator) = match self {
            Self::Is(matcher) => return matcher.fmt(f),
            Self::IsNot(matcher) => return write!(f, "!{matcher}"),
            Self::All(members) => (members, " && "),
            Self::Any(members) => (members, " || "),
        };
        for (index, member) in members.iter().enumerate() {
            if index > 0 {
                f.write_str(operator)?;
            }
            // `&&` binds closer than `||`: only an `||` inside an `&&` needs parentheses.
            if matches!((self, member), (Self::All(_), Self::Any(_))) {
                write!(f, "({member})")?;
            } else {
                member.fmt(f)?;
            }
        }
        Ok(())
    }
}
