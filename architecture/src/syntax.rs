//! Extracts attributes, imports, and the paths that code names from Rust syntax.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::{Attribute, UseTree};

/// The segments of a path, as written.
pub(crate) type Segments = Vec<String>;

/// Whether an item is compiled only for tests.
pub(crate) fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}

/// A name that a `use` imports.
pub(crate) enum Imported {
    /// A name, and the path to which it refers.
    Name(String, Segments),
    /// All public names of a module.
    Glob(Segments),
}

/// All names that a `use` imports.
pub(crate) fn imported(tree: &UseTree) -> Vec<Imported> {
    let mut found = Vec::new();
    flatten(tree, &mut Vec::new(), &mut found);
    found
}

fn flatten(tree: &UseTree, before: &mut Segments, found: &mut Vec<Imported>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, found);
            before.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, found)),
        UseTree::Glob(_) => found.push(Imported::Glob(before.clone())),
        UseTree::Name(name) => found.push(named(before, &name.ident.to_string(), None)),
        UseTree::Rename(name) => {
            found.push(named(before, &name.ident.to_string(), Some(name.rename.to_string())));
        }
    }
}

/// `self` at the end of a path refers to the module before it.
fn named(before: &Segments, last: &str, rename: Option<String>) -> Imported {
    let mut path = before.clone();
    if last != "self" {
        path.push(last.to_owned());
    }
    let name = rename.or_else(|| path.last().cloned()).unwrap_or_default();
    Imported::Name(name, path)
}

/// Collects every identifier in some code, including macro arguments.
pub(crate) fn identifiers(code: TokenStream, found: &mut BTreeSet<String>) {
    for token in code {
        match token {
            TokenTree::Ident(ident) => {
                found.insert(ident.to_string());
            }
            TokenTree::Group(group) => identifiers(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Every path of two or more segments in some code, including macro arguments and attributes. The path of a visibility,
/// such as `pub(in crate::cli)`, is left out: it names who may use an item, and uses nothing.
pub(crate) fn paths(code: TokenStream) -> Vec<Segments> {
    let mut found = Vec::new();
    scan(code, &mut found);
    found
}

fn scan(code: TokenStream, found: &mut Vec<Segments>) {
    let mut path = Segments::new();
    // The number of colons since the last segment.
    let mut colons = 0;
    let end = |path: &mut Segments, found: &mut Vec<Segments>| {
        if path.len() > 1 {
            found.push(core::mem::take(path));
        }
        path.clear();
    };
    for token in code {
        match token {
            TokenTree::Ident(ident) => {
                if colons != 2 {
                    end(&mut path, found);
                }
                path.push(ident.to_string());
                colons = 0;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' && colons < 2 => colons += 1,
            other => {
                end(&mut path, found);
                colons = 0;
                if let TokenTree::Group(group) = other
                    && !is_visibility(&group)
                {
                    scan(group.stream(), found);
                }
            }
        }
    }
    end(&mut path, found);
}

/// Whether a group is the `(in path)` of a visibility. No expression begins with `in`.
fn is_visibility(group: &proc_macro2::Group) -> bool {
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(ident)) if ident == "in")
}
