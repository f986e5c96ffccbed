//! Gets the text of a setting: from the variable itself, or from the file that `…_FILE` names.

use std::collections::{BTreeMap, BTreeSet};

use super::parse;
use super::variable::{Default, Variable};

/// The variables, the names that have been asked for, and the problems found.
pub(super) struct Source {
    pairs: BTreeMap<String, String>,
    known: BTreeSet<String>,
    problems: Vec<String>,
}

impl Source {
    pub(super) fn new<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let pairs = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(name, _): &(String, String)| is_own(name) || name.starts_with("OTEL_"))
            .collect();
        Self { pairs, known: BTreeSet::new(), problems: Vec::new() }
    }

    /// Returns the text of a setting; `None` if it is not set. Also `None`, with a problem, if it is set both directly
    /// and as a file, or if the file cannot be read. An empty value counts as not set, because that is how compose
    /// files pass an unset variable.
    fn text(&mut self, name: &str) -> Option<String> {
        let file_name = format!("{name}_FILE");
        self.known.insert(name.to_owned());
        self.known.insert(file_name.clone());
        let direct = self.pairs.get(name).filter(|text| !text.trim().is_empty()).cloned();
        let Some(path) = self.pairs.get(&file_name).filter(|text| !text.trim().is_empty()) else {
            return direct;
        };
        if direct.is_some() {
            self.problems.push(format!("{name} and {file_name} are both set; keep one of them"));
            return None;
        }
        match std::fs::read_to_string(path.trim()) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) => {
                self.problems.push(format!("{file_name}: cannot read {path}: {error}"));
                None
            }
        }
    }

    /// Reads a setting that may be absent. The parser's message must not repeat the value, which may be secret.
    pub(super) fn optional<T>(
        &mut self,
        variable: &Variable,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(variable.name)?;
        match parse(text.trim()) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.push(format!("{} {problem}", variable.name));
                None
            }
        }
    }

    /// Reads a setting with a default value.
    pub(super) fn or<T>(&mut self, variable: &Variable, parse: impl Fn(&str) -> Result<T, String>) -> T
    where
        T: Fallback,
    {
        self.optional(variable, &parse)
            .or_else(|| parse(variable.fallback()).ok())
            .unwrap_or_else(T::fallback)
    }

    /// Reads a list that may be absent; reports a problem if it is set but empty.
    pub(super) fn filled(
        &mut self,
        variable: &Variable,
        parse: impl Fn(&str) -> Result<Vec<String>, String>,
    ) -> Option<Vec<String>> {
        let set = |name: &str| self.pairs.contains_key(name);
        let is_set = set(variable.name) || set(&format!("{}_FILE", variable.name));
        let list = self.optional(variable, parse);
        if is_set && list.as_ref().is_none_or(Vec::is_empty) {
            self.problem(format!("{} is set and empty: fill it in, or leave it out", variable.name));
        }
        list
    }

    /// Adds a problem, described in one sentence.
    pub(super) fn problem(&mut self, sentence: String) {
        self.problems.push(sentence);
    }

    /// Reads a mandatory setting.
    pub(super) fn required<T>(
        &mut self,
        variable: &Variable,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let before = self.problems.len();
        let value = self.optional(variable, parse);
        if value.is_none() && self.problems.len() == before {
            let hint = if let Default::Required(hint) = variable.default { hint } else { "it is required" };
            self.problems.push(format!("{} is not set; {hint}", variable.name));
        }
        value
    }

    /// Accepts a name that belongs to the plugin, because both may use the same environment file.
    pub(super) fn tolerate(&mut self, name: &str) {
        self.known.insert(name.to_owned());
        self.known.insert(format!("{name}_FILE"));
    }

    /// How many problems there are so far.
    pub(super) const fn problem_count(&self) -> usize {
        self.problems.len()
    }

    /// The problems found so far.
    pub(super) fn into_problems(self) -> Vec<String> {
        self.problems
    }

    /// Returns all problems; unknown names are the last ones.
    pub(super) fn finish(mut self) -> Vec<String> {
        for name in self.pairs.keys() {
            // OpenTelemetry's variables may be set for other programs too.
            if is_own(name) && !self.known.contains(name) {
                let nearest = parse::nearest(name, self.known.iter().map(String::as_str));
                self.problems.push(format!("{name} is not a setting; the nearest known one is {nearest}"));
            }
        }
        self.problems
    }
}

fn is_own(name: &str) -> bool {
    name.starts_with("BOUNCER_")
}

/// A placeholder for a setting that could not be parsed. The configuration is refused anyway.
pub(super) trait Fallback {
    fn fallback() -> Self;
}

impl Fallback for u64 {
    fn fallback() -> Self {
        0
    }
}

impl Fallback for u32 {
    fn fallback() -> Self {
        0
    }
}

impl Fallback for bool {
    fn fallback() -> Self {
        false
    }
}

impl Fallback for super::upstream_refresh::UpstreamRefresh {
    fn fallback() -> Self {
        Self::Always
    }
}

impl Fallback for protocol::server::second_factor::Demand {
    fn fallback() -> Self {
        Self::Required
    }
}

impl Fallback for std::path::PathBuf {
    fn fallback() -> Self {
        Self::new()
    }
}

impl Fallback for parse::ListenAddress {
    fn fallback() -> Self {
        Self::any(0)
    }
}

impl Fallback for tracing::Level {
    fn fallback() -> Self {
        Self::INFO
    }
}

impl Fallback for crate::telemetry::LogFormat {
    fn fallback() -> Self {
        Self::Json
    }
}
