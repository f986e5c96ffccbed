//! Sets of scopes (RFC 6749 §3.3), and which scope implies which others.

use crate::text::{TextMap, TextSet};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A scope holds a character that RFC 6749 §3.3 does not allow.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a scope holds a character that scopes may not hold")]
pub struct BadScope;

/// Whether a text is a `scope-token` of RFC 6749 §3.3: one or more of `%x21 / %x23-5B / %x5D-7E`.
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// A set of scopes; on the wire, in alphabetical order with a space between them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ScopeSet(TextSet);

impl ScopeSet {
    /// The empty set.
    pub const fn new() -> Self {
        Self(TextSet::new())
    }

    /// Reads a space-separated list. Additional spaces and repetitions are ignored, because clients send both; any
    /// other deviation from the grammar is an error. An empty text is the empty set.
    pub fn parse(text: &str) -> Result<Self, BadScope> {
        let tokens = text.split(' ').filter(|token| !token.is_empty());
        tokens.map(|token| if is_scope_token(token) { Ok(token.to_owned()) } else { Err(BadScope) }).collect()
    }

    /// Like [`ScopeSet::parse`], but drops what is not a scope, and also splits at tabs and line breaks.
    pub fn parse_lenient(text: &str) -> Self {
        text.split([' ', '\t', '\r', '\n']).filter(|token| is_scope_token(token)).map(str::to_owned).collect()
    }

    /// Adds one scope. Returns `false`, and adds nothing, if the text is not a scope or is in the set already.
    pub fn insert(&mut self, scope: &str) -> bool {
        is_scope_token(scope) && self.0.insert(scope.to_owned())
    }

    /// Whether the scope is in the set.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// Whether every scope of `other` is in the set.
    pub fn contains_all(&self, other: &Self) -> bool {
        other.iter().all(|scope| self.contains(scope))
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of scopes in the set.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The scopes in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter()
    }

    /// Scopes in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.iter().chain(other.iter()).map(str::to_owned).collect())
    }

    /// Scopes in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.iter().filter(|scope| other.contains(scope)).map(str::to_owned).collect())
    }

    /// Scopes in this set that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.iter().filter(|scope| !other.contains(scope)).map(str::to_owned).collect())
    }

    /// The set without the named scopes.
    #[must_use]
    pub fn without(&self, scopes: &[&str]) -> Self {
        Self(self.iter().filter(|scope| !scopes.contains(scope)).map(str::to_owned).collect())
    }
}

impl FromIterator<String> for ScopeSet {
    /// Keeps the texts that are scopes.
    fn from_iter<I: IntoIterator<Item = String>>(scopes: I) -> Self {
        Self(scopes.into_iter().filter(|scope| is_scope_token(scope)).collect())
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope)?;
        }
        Ok(())
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

/// Why a scope hierarchy cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadHierarchy {
    /// A chain has no `>`, or a part of it is empty or not a scope.
    #[error("`{0}` is not a chain of scopes like `admin>write>read`")]
    NotAChain(String),
}

/// Which scope implies which others. By default no scope implies another.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeHierarchy(TextMap);

impl ScopeHierarchy {
    /// Reads chains separated by commas, stronger scope first: `admin>write>read, x>y`.
    pub fn parse(text: &str) -> Result<Self, BadHierarchy> {
        let mut implied = TextMap::default();
        for chain in text.split(',').map(str::trim).filter(|chain| !chain.is_empty()) {
            let bad = || BadHierarchy::NotAChain(chain.to_owned());
            let mut links = chain.split('>').map(str::trim);
            let mut stronger = links.next().filter(|scope| is_scope_token(scope)).ok_or_else(bad)?;
            let mut linked = false;
            for weaker in links {
                if !is_scope_token(weaker) {
                    return Err(bad());
                }
                implied.entry(stronger).insert(weaker.to_owned());
                stronger = weaker;
                linked = true;
            }
            if !linked {
                return Err(bad());
            }
        }
        Ok(Self(implied))
    }

    /// Whether no scope implies another.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds every scope that the hierarchy names to `scopes`.
    pub(crate) fn add_to(&self, scopes: &mut ScopeSet) {
        for (stronger, weaker) in self.0.iter() {
            scopes.insert(stronger);
            for scope in weaker.iter() {
                scopes.insert(scope);
            }
        }
    }

    /// The set and everything it implies, directly or indirectly. Circles are harmless.
    #[must_use]
    pub fn expand(&self, scopes: &ScopeSet) -> ScopeSet {
        let mut all = scopes.0.clone();
        let mut todo: Vec<&str> = scopes.iter().collect();
        while let Some(scope) = todo.pop() {
            for weaker in self.0.get(scope).into_iter().flat_map(TextSet::iter) {
                if all.insert(weaker.to_owned()) {
                    todo.push(weaker);
                }
            }
        }
        ScopeSet(all)
    }
}

/// Writes the member `scopes_supported` of a metadata document (RFC 8414 §2, RFC 9728 §2) with a comma before it, or
/// nothing if there are no scopes. `scopes` is a list in the form of RFC 6749 §3.3, which allows neither quotes nor
/// backslashes.
pub(crate) fn scopes_member(scopes: &str) -> String {
    let mut out = String::new();
    let mut before = r#","scopes_supported":[""#;
    for scope in scopes.split(' ').filter(|scope| !scope.is_empty()) {
        for piece in [before, scope, "\""] {
            out.push_str(piece);
        }
        before = ",\"";
    }
    if !out.is_empty() {
        out.push(']');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).unwrap()
    }

    #[test]
    fn grammar_of_rfc_6749() {
        assert_eq!(set("b a  a ").to_string(), "a b");
        assert!(set("").is_empty());
        for bad in ["a\"b", "a\\b", "a\tb", "ä", "a\u{7f}"] {
            assert_eq!(ScopeSet::parse(bad), Err(BadScope), "{bad}");
        }
        assert_eq!(ScopeSet::parse_lenient("a \"x\" b\\").to_string(), "a");
        assert!(!ScopeSet::new().insert("a b"));
    }

    #[test]
    fn serialises_as_one_text() {
        let json = serde_json::to_string(&set("b a")).unwrap();
        assert_eq!(json, "\"a b\"");
        assert_eq!(serde_json::from_str::<ScopeSet>(&json).unwrap(), set("a b"));
        assert!(serde_json::from_str::<ScopeSet>("\"\\\"\"").is_err());
    }

    #[test]
    fn hierarchy_is_transitive_and_survives_cycles() {
        let order = ScopeHierarchy::parse("admin>write>read, a > b, b>a").unwrap();
        assert_eq!(order.expand(&set("admin")), set("admin write read"));
        assert_eq!(order.expand(&set("write")), set("write read"));
        assert_eq!(order.expand(&set("a")), set("a b"));
        assert_eq!(order.expand(&set("other")), set("other"));
        assert!(ScopeHierarchy::parse("").unwrap().is_empty());
    }

    #[test]
    fn the_error_names_a_malformed_chain() {
        for bad in ["a", "a>", ">a", "a>>b", "a>b c"] {
            assert_eq!(ScopeHierarchy::parse(bad), Err(BadHierarchy::NotAChain(bad.to_owned())));
        }
    }
}
