//! Finds the module that defines the item that a path names.

use crate::source::{child, parent};
use crate::syntax::Segments;
use std::collections::BTreeMap;

/// The maximum number of steps through imports and re-exports. It ends circular ones.
const MOST_STEPS: usize = 32;

/// What a name refers to in a module.
pub(crate) enum Name {
    /// An item that the module defines.
    Defined,
    /// A module inside this module.
    Module,
    /// An import or re-export of the item at this path.
    Alias(Segments),
}

/// The names that one module knows.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) names: BTreeMap<String, Name>,
    /// The modules whose names are all imported (`use module::*`).
    pub(crate) globs: Vec<Segments>,
}

/// The names of every module, by its path.
#[derive(Default)]
pub(crate) struct Scopes(pub(crate) BTreeMap<String, Names>);

impl Scopes {
    /// Returns the module that defines the item that a path in `module` names. `None` if the path begins neither with
    /// `crate`, `self` or `super`, nor with a name that `module` defines or imports by name: it then leads out of the
    /// crate, or begins with a name that only a glob import provides. Imports and re-exports are followed; one that
    /// leads out of the crate counts as defined where it is.
    pub(crate) fn defining(&self, module: &str, path: &[String]) -> Option<String> {
        self.start(module, path, MOST_STEPS)
    }

    fn start(&self, module: &str, path: &[String], steps: usize) -> Option<String> {
        let steps = steps.checked_sub(1)?;
        let mut from = module;
        let mut rest = path;
        let mut is_ours = false;
        while let Some((first, after)) = rest.split_first() {
            from = match first.as_str() {
                "crate" => "",
                "self" => from,
                "super" => parent(from),
                _ => break,
            };
            is_ours = true;
            rest = after;
        }
        let known = |name: &String| self.0.get(from).is_some_and(|names| names.names.contains_key(name));
        if is_ours || rest.first().is_some_and(known) { self.descend(from, rest, steps) } else { None }
    }

    fn descend(&self, module: &str, path: &[String], steps: usize) -> Option<String> {
        let names = self.0.get(module)?;
        let Some((first, rest)) = path.split_first() else { return Some(module.to_owned()) };
        match names.names.get(first) {
            Some(Name::Module) => self.descend(&child(module, first), rest, steps),
            Some(Name::Defined) => Some(module.to_owned()),
            Some(Name::Alias(alias)) => {
                let whole = [alias.as_slice(), rest].concat();
                Some(self.start(module, &whole, steps).unwrap_or_else(|| module.to_owned()))
            }
            None => {
                let through_glob = names.globs.iter().find_map(|glob| {
                    let from = self.start(module, glob, steps)?;
                    let knows = self.0.get(&from)?.names.contains_key(first);
                    if knows { self.descend(&from, path, steps.checked_sub(1)?) } else { None }
                });
                Some(through_glob.unwrap_or_else(|| module.to_owned()))
            }
        }
    }
}
