//! The methods whose response is a list of what may be used.

use super::rules::{RuleSet, Rules};

/// A list that a server responds with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListKind {
    /// `tools/list`.
    Tools,
    /// `prompts/list`.
    Prompts,
    /// `resources/list`.
    Resources,
    /// `resources/templates/list`.
    Templates,
}

/// Every kind, with its method.
const METHODS: [(&[u8], ListKind); 4] = [
    (b"tools/list", ListKind::Tools),
    (b"prompts/list", ListKind::Prompts),
    (b"resources/list", ListKind::Resources),
    (b"resources/templates/list", ListKind::Templates),
];

impl ListKind {
    /// The method by which an entry of the list is used, and which rules are about.
    pub const fn used_by(self) -> &'static [u8] {
        match self {
            Self::Tools => b"tools/call",
            Self::Prompts => b"prompts/get",
            Self::Resources | Self::Templates => b"resources/read",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Some of the lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lists(u8);

impl Lists {
    /// No list.
    pub const NONE: Self = Self(0);

    /// Whether this contains no list.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this list is among them.
    pub const fn contains(self, kind: ListKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Adds the list for which this method asks, if it asks for one.
    pub(super) fn add(&mut self, method: &[u8]) {
        // Each of them ends with `list`, and few other methods end with this letter.
        if !matches!(method, [.., b't']) {
            return;
        }
        if let Some((_, kind)) = METHODS.iter().find(|(list, _)| *list == method) {
            self.0 |= kind.bit();
        }
    }

    /// Those lists from which something may be hidden from a caller that satisfies only these rules.
    #[must_use]
    pub fn cut_for(self, rules: &Rules, satisfied: RuleSet) -> Self {
        let mut cut = Self::NONE;
        for (_, kind) in METHODS {
            if self.contains(kind) && !satisfied.contains_all(rules.of_method(kind.used_by())) {
                cut.0 |= kind.bit();
            }
        }
        cut
    }
}
