//! One rule.

use super::pattern::Pattern;
use crate::limits::policy::PATTERN;
use crate::scope::ScopeSet;
use crate::settings::NEVER_OFFERED;

/// The method of a rule that names none.
const DEFAULT_METHOD: &str = "tools/call";

/// Why a rule cannot be read. The text quotes the rule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadRule {
    /// It has no `=`, or nothing before or after it.
    #[error("`{0}` is not of the form [method:]name=scope")]
    Form(String),
    /// What follows the `=` are not scopes.
    #[error("`{0}` does not end with scopes")]
    Scope(String),
    /// It requires a scope that is never granted.
    #[error("`{0}` requires openid or offline_access, which are never granted")]
    NeverGranted(String),
    /// It is about resources and has other characters than ASCII.
    #[error("`{0}` has a character that URIs can write in two ways: put `*` in its place")]
    NotAscii(String),
    /// It is too long.
    #[error("`{0}` is longer than {max} bytes", max = PATTERN.most)]
    TooLong(String),
    /// Two rules have the same pattern.
    #[error("`{0}` has the pattern of another rule")]
    Twice(String),
    /// There are too many rules.
    #[error("there are more than {0} rules")]
    TooMany(usize),
}

/// What a method and a name need.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rule {
    method: Pattern,
    name: Pattern,
    /// The length of both patterns. Of several rules that match, the ones with the longest patterns count.
    pub(super) length: usize,
    pub(super) scopes: ScopeSet,
}

impl Rule {
    /// Reads `[method:]name=scope[ scope…]`. The first colon ends the method, the last `=` begins the scopes.
    pub(super) fn parse(text: &str) -> Result<Self, BadRule> {
        let text = text.trim();
        let quoted = || text.chars().take(100).collect::<String>();
        let (pattern, scopes) = text.rsplit_once('=').ok_or_else(|| BadRule::Form(quoted()))?;
        let pattern = pattern.trim();
        if pattern.len() > PATTERN.most {
            return Err(BadRule::TooLong(quoted()));
        }
        let (method, name) = pattern.split_once(':').unwrap_or((DEFAULT_METHOD, pattern));
        if method.is_empty() || name.is_empty() {
            return Err(BadRule::Form(quoted()));
        }
        let may_be_a_uri = method.contains('*') || !matches!(method, "tools/call" | "prompts/get");
        if may_be_a_uri && !name.is_ascii() {
            return Err(BadRule::NotAscii(quoted()));
        }
        let scopes = ScopeSet::parse(scopes.trim()).map_err(|_| BadRule::Scope(quoted()))?;
        if scopes.is_empty() {
            return Err(BadRule::Form(quoted()));
        }
        if scopes.iter().any(|scope| NEVER_OFFERED.contains(&scope)) {
            return Err(BadRule::NeverGranted(quoted()));
        }
        Ok(Self {
            method: Pattern::new(method),
            name: Pattern::new(name),
            length: method.len() + name.len(),
            scopes,
        })
    }

    pub(super) fn has_pattern_of(&self, other: &Self) -> bool {
        self.method == other.method && self.name == other.name
    }

    pub(super) fn is_for_method(&self, method: &str) -> bool {
        self.method.matches(method)
    }

    pub(super) fn matches(&self, method: &str, name: &str) -> bool {
        self.name.matches(name) && self.method.matches(method)
    }

    /// Method and name as an operator reads them.
    pub(super) fn pattern(&self) -> String {
        [self.method.as_str(), ":", self.name.as_str()].concat()
    }
}
