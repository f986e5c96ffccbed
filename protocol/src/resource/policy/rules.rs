//! All rules of a tenant.

use super::rule::{BadRule, Rule, WrongRule};
use crate::limits::policy::RULES;
use crate::scope::ScopeSet;

/// Some of a tenant's rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RuleSet(u64);

impl RuleSet {
    /// No rule.
    pub const NONE: Self = Self(0);

    /// Whether the set contains no rule.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every rule of `other` is in this set.
    pub const fn contains_all(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// The rules of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The numbers of the rules.
    fn numbers(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        core::iter::from_fn(move || {
            let number = left.trailing_zeros();
            left &= left.checked_sub(1)?;
            usize::try_from(number).ok()
        })
    }

    const fn insert(&mut self, number: usize) {
        self.0 |= 1 << number;
    }
}

/// How many parts the rules are divided into.
const PARTS: usize = 32;

/// The option `toolPolicy`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rules {
    list: Vec<Rule>,
    /// The rules that may match a name, by its first byte, modulo the number of parts. Most names have no rule.
    by_first: [RuleSet; PARTS],
}

impl Rules {
    /// Reads the rules.
    pub fn parse(list: &[String]) -> Result<Self, BadRule> {
        let mut rules = Self::default();
        for (number, text) in list.iter().enumerate() {
            match Self::next(&rules.list, text) {
                Ok(rule) => rules.push(number, rule),
                Err(why) => return Err(BadRule { rule: text.chars().take(100).collect(), why }),
            }
        }
        Ok(rules)
    }

    fn push(&mut self, number: usize, rule: Rule) {
        for (part, of_part) in self.by_first.iter_mut().enumerate() {
            if rule.first().is_none_or(|first| usize::from(first) % PARTS == part) {
                of_part.insert(number);
            }
        }
        self.list.push(rule);
    }

    fn next(before: &[Rule], text: &str) -> Result<Rule, WrongRule> {
        if before.len() >= RULES.most {
            return Err(WrongRule::TooMany);
        }
        let rule = Rule::parse(text)?;
        let is_new = !before.iter().any(|other| other.has_pattern_of(&rule));
        if is_new { Ok(rule) } else { Err(WrongRule::Twice) }
    }

    /// Whether there is no rule, so that no body is read.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Every scope that a rule names.
    pub fn scopes(&self) -> ScopeSet {
        self.scopes_of(RuleSet(u64::MAX))
    }

    /// The scopes that these rules need.
    pub fn scopes_of(&self, chosen: RuleSet) -> ScopeSet {
        let mut scopes = ScopeSet::new();
        self.each(chosen, &mut |rule| scopes = scopes.union(&rule.scopes));
        scopes
    }

    /// The patterns of these rules, for the log.
    pub fn patterns_of(&self, chosen: RuleSet) -> String {
        let mut patterns = String::new();
        self.each(chosen, &mut |rule| {
            if !patterns.is_empty() {
                patterns.push_str(", ");
            }
            patterns.push_str(&rule.pattern());
        });
        patterns
    }

    fn each(&self, chosen: RuleSet, each: &mut dyn FnMut(&Rule)) {
        chosen.numbers().filter_map(|number| self.list.get(number)).for_each(each);
    }

    /// The rules for a method and a name: of those that match, the ones with the longest patterns.
    pub fn matching(&self, method: &[u8], name: &[u8]) -> RuleSet {
        let (mut longest, mut chosen) = (0, RuleSet::NONE);
        // Only rules for names that may begin with any byte match the empty one, and they are in every part.
        let first = name.first().copied().unwrap_or_default();
        let of_part = self.by_first.get(usize::from(first) % PARTS).copied().unwrap_or_default();
        for number in of_part.numbers() {
            let Some(rule) = self.list.get(number) else { break };
            if rule.length < longest || !rule.matches(method, name) {
                continue;
            }
            if rule.length > longest {
                (longest, chosen) = (rule.length, RuleSet::NONE);
            }
            chosen.insert(number);
        }
        chosen
    }

    /// All rules for a method, whatever the name is.
    pub fn of_method(&self, method: &[u8]) -> RuleSet {
        let mut chosen = RuleSet::NONE;
        for (number, rule) in self.list.iter().enumerate() {
            if rule.is_for_method(method) {
                chosen.insert(number);
            }
        }
        chosen
    }

    /// The rules that a token with these scopes satisfies. `granted` holds what the hierarchy implies, too.
    pub fn satisfied_by(&self, granted: &ScopeSet) -> RuleSet {
        let mut satisfied = RuleSet::NONE;
        for (number, rule) in self.list.iter().enumerate() {
            if granted.contains_all(&rule.scopes) {
                satisfied.insert(number);
            }
        }
        satisfied
    }
}
