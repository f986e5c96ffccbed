//! The option `workloads`: which programs, such as a Kubernetes service account or a GitHub Actions job, may
//! authenticate with a token of their platform. Such a token names its subject, but neither scopes nor a client.
//!
//! An `id_token` of a person looks the same. So only subjects that the operator lists are accepted.

use crate::scope::{ScopeSet, is_scope_token};
use crate::text::{TextMap, TextSet};

/// The listed subjects, each with the scopes that it gets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Workloads(TextMap);

impl Workloads {
    /// Reads the option. A subject may end with `*` after `:` or `/`, and then stands for all subjects that begin with
    /// the text before the `*`. `None` if a `*` stands elsewhere, or if a scope is malformed.
    pub fn new(rules: TextMap) -> Option<Self> {
        let is_subject = |name: &str| match name.split_once('*') {
            None => true,
            Some((before, after)) => after.is_empty() && before.ends_with([':', '/']),
        };
        let sound = |(name, scopes): (&str, &TextSet)| is_subject(name) && scopes.iter().all(is_scope_token);
        if rules.iter().all(sound) { Some(Self(rules)) } else { None }
    }

    /// Whether no subject is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes of this subject, by the longest rule that fits; `None` if no rule fits.
    pub fn scopes_of(&self, subject: &str) -> Option<ScopeSet> {
        let fits = |name: &str| match name.strip_suffix('*') {
            None => name == subject,
            Some(before) => subject.len() > before.len() && subject.starts_with(before),
        };
        // A whole subject is longer than every beginning of it.
        let rule = self.0.iter().filter(|(name, _)| fits(name)).max_by_key(|(name, _)| name.len())?;
        Some(rule.1.iter().map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(list: &[(&str, &str)]) -> TextMap {
        let mut map = TextMap::default();
        for (name, scopes) in list {
            map.entry(name).extend(scopes.split('|').map(str::to_owned));
        }
        map
    }

    #[test]
    fn the_longest_rule_that_fits_gives_the_scopes() {
        let workloads = Workloads::new(rules(&[
            ("system:serviceaccount:ci:*", "read"),
            ("system:serviceaccount:ci:deployer", "write"),
            ("repo:acme/app:*", "read"),
            ("repo:acme/app:ref:*", "read|write"),
            ("repo:acme/app:ref:refs/heads/main", "admin"),
        ]))
        .unwrap();
        let scopes = |subject| workloads.scopes_of(subject).map(|scopes| scopes.to_string());
        for (subject, expected) in [
            ("system:serviceaccount:ci:builder", Some("read")),
            ("system:serviceaccount:ci:deployer", Some("write")),
            ("system:serviceaccount:ci:deployer2", Some("read")),
            ("system:serviceaccount:ci:", None),
            ("system:serviceaccount:ci", None),
            ("system:serviceaccount:ci2:builder", None),
            ("repo:acme/app:pull_request", Some("read")),
            ("repo:acme/app:ref:refs/heads/x", Some("read write")),
            ("repo:acme/app:ref:refs/heads/main", Some("admin")),
            ("repo:acme/app-evil:ref:refs/heads/main", None),
            ("repo:acme/app", None),
            ("alice", None),
            ("", None),
        ] {
            assert_eq!(scopes(subject).as_deref(), expected, "{subject}");
        }
        assert_eq!(Workloads::default().scopes_of("x"), None);
    }

    #[test]
    fn a_rule_for_everybody_is_refused() {
        for (bad, scope) in [
            ("*", "read"),
            ("repo*", "read"),
            ("repo:acme/app*", "read"),
            ("repo:*:main", "read"),
            ("repo:**", "read"),
            ("repo:acme/app:*", "a\"b"),
        ] {
            assert_eq!(Workloads::new(rules(&[(bad, scope)])), None, "{bad} {scope}");
        }
    }
}
