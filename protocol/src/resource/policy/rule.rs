//! One rule.

use super::normal_uri::is_normal_uri;
use super::pattern::Pattern;
use crate::limits::policy::PATTERN;
use crate::scope::ScopeSet;
use crate::settings::NEVER_OFFERED;

/// The method of a rule that names none.
const DEFAULT_METHOD: &str = "tools/call";

/// Texts that are separated by spaces; the first of them is empty. Every beginning of a URI in normal form is in normal
/// form after one of these texts is appended to it.
const ENDINGS: &str = " B 20 1/a .a/a a/a /a ///a /a/a //a/a";

/// A rule that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{rule}` {why}")]
pub struct BadRule {
    /// The rule, or its beginning.
    pub rule: String,
    /// What is wrong with it.
    pub why: WrongRule,
}

/// What is wrong with a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WrongRule {
    /// It has no `=`, or nothing before or after it.
    #[error("is not of the form [method:]name=scope")]
    Form,
    /// What follows the `=` are not scopes.
    #[error("does not end with scopes")]
    Scope,
    /// It requires a scope that is never granted.
    #[error("requires openid or offline_access, which are never granted")]
    NeverGranted,
    /// It is about resources and has other characters than ASCII.
    #[error("has a character that URIs can write in two ways: put `*` in its place")]
    NotAscii,
    /// The rule is about resources, but no URI in normal form can match it.
    #[error("names no URI in normal form: lower case, no default port, no `..`, no `//`, no needless escape")]
    UriForm,
    /// It is too long.
    #[error("is longer than 256 bytes")]
    TooLong,
    /// Two rules have the same pattern.
    #[error("has the pattern of another rule")]
    Twice,
    /// It comes after the most rules that there may be.
    #[error("is one rule too many: there may be 64")]
    TooMany,
}

/// Whether a URI in normal form may match the name of a rule. Always true for a name with a `*` before its end.
fn may_match_normal_uri(name: &str) -> bool {
    let (begin, endings) = match name.split_once('*') {
        None => (name, ""),
        Some((begin, "")) => (begin, ENDINGS),
        Some(_) => return true,
    };
    endings.split(' ').any(|ending| is_normal_uri(&[begin, ending].concat(), true))
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
    pub(super) fn parse(text: &str) -> Result<Self, WrongRule> {
        let text = text.trim();
        let (pattern, scopes) = text.rsplit_once('=').ok_or(WrongRule::Form)?;
        let pattern = pattern.trim();
        if pattern.len() > PATTERN.most {
            return Err(WrongRule::TooLong);
        }
        let (method, name) = pattern.split_once(':').unwrap_or((DEFAULT_METHOD, pattern));
        if method.is_empty() || name.is_empty() {
            return Err(WrongRule::Form);
        }
        let may_be_a_uri = method.contains('*') || !matches!(method, "tools/call" | "prompts/get");
        if may_be_a_uri && !name.is_ascii() {
            return Err(WrongRule::NotAscii);
        }
        if method.starts_with("resources/") && !may_match_normal_uri(name) {
            return Err(WrongRule::UriForm);
        }
        let scopes = ScopeSet::parse(scopes.trim()).map_err(|_| WrongRule::Scope)?;
        if scopes.is_empty() {
            return Err(WrongRule::Form);
        }
        if scopes.iter().any(|scope| NEVER_OFFERED.contains(&scope)) {
            return Err(WrongRule::NeverGranted);
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

    pub(super) fn is_for_method(&self, method: &[u8]) -> bool {
        self.method.matches(method)
    }

    /// The byte with which every name begins that it matches. `None` if it may be any, or none.
    pub(super) fn first(&self) -> Option<u8> {
        self.name.first()
    }

    pub(super) fn matches(&self, method: &[u8], name: &[u8]) -> bool {
        self.name.matches(name) && self.method.matches(method)
    }

    /// Method and name as an operator reads them.
    pub(super) fn pattern(&self) -> String {
        [self.method.as_str(), ":", self.name.as_str()].concat()
    }
}
