//! Finds out which module uses items of which other module.

use crate::graph::Graph;
use crate::resolve::{Name, Names, Scopes};
use crate::source::{Sources, child, is_at_or_below};
use crate::syntax::{Imported, Segments, identifiers, imported, is_test_only, paths};
use proc_macro2::TokenStream;
use quote::ToTokens as _;
use std::collections::{BTreeMap, BTreeSet};
use syn::{ImplItem, Item, Visibility};

/// Every pair of modules of which the first uses something that the second defines. A module is a file here: modules in
/// braces inside a file count as that file.
///
/// A module that re-exports an item of a child (`pub use inner::Thing`) uses `inner` only if its own code names
/// `Thing`; another module that imports `Thing` from it uses `inner`.
pub struct Imports(BTreeSet<(String, String)>);

impl Sources {
    /// The imports of the product's code; code that is compiled only for tests is left out.
    pub fn imports(&self) -> Imports {
        let mut reader = Reader::default();
        for (_, file) in self.product() {
            reader.module(&file.module, &file.module, &file.syntax.items);
        }
        let Reader { scopes, uses, file_of } = reader;
        let mut found = BTreeSet::new();
        for (module, path) in uses {
            let Some(target) = scopes.defining(&module, &path) else { continue };
            if let (Some(from), Some(to)) = (file_of.get(&module), file_of.get(&target))
                && from != to
            {
                found.insert((from.clone(), to.clone()));
            }
        }
        Imports(found)
    }
}

/// What is collected from all modules before paths are resolved.
#[derive(Default)]
struct Reader {
    scopes: Scopes,
    /// A module and a path that it uses.
    uses: Vec<(String, Segments)>,
    /// For each module, the module of its file.
    file_of: BTreeMap<String, String>,
}

/// What is collected from one module.
#[derive(Default)]
struct Module {
    names: Names,
    /// The names of its children's items that the module re-exports, each with its path.
    exported: Vec<(String, Segments)>,
    /// The identifiers in its code, without imports.
    mentioned: BTreeSet<String>,
}

impl Reader {
    fn module(&mut self, module: &str, file: &str, items: &[Item]) {
        let mut read = Module::default();
        self.file_of.insert(module.to_owned(), file.to_owned());
        for item in items {
            self.item(module, file, item, &mut read);
        }
        let used = read.exported.into_iter().filter(|(name, _)| read.mentioned.contains(name));
        self.uses.extend(used.map(|(_, path)| (module.to_owned(), path)));
        self.scopes.0.insert(module.to_owned(), read.names);
    }

    fn item(&mut self, module: &str, file: &str, item: &Item, read: &mut Module) {
        if is_test_only(attributes(item)) {
            return;
        }
        match item {
            Item::Mod(inner) => {
                let name = inner.ident.to_string();
                if let Some((_, items)) = &inner.content {
                    self.module(&child(module, &name), file, items);
                }
                read.names.names.insert(name, Name::Module);
            }
            Item::Use(item) => self.import(module, item, read),
            Item::Impl(block) => {
                let in_product = |item: &&ImplItem| match item {
                    ImplItem::Fn(function) => !is_test_only(&function.attrs),
                    ImplItem::Const(constant) => !is_test_only(&constant.attrs),
                    _ => true,
                };
                let head = [
                    Some(block.self_ty.to_token_stream()),
                    block.trait_.as_ref().map(|(_, path, _)| path.to_token_stream()),
                    Some(block.generics.to_token_stream()),
                ];
                let head = head.into_iter().flatten();
                let inside = block.items.iter().filter(in_product).map(ImplItem::to_token_stream);
                self.uses_of(module, head.chain(inside), read);
            }
            other => {
                if let Some(name) = name_of(other) {
                    read.names.names.insert(name, Name::Defined);
                }
                self.uses_of(module, [other.to_token_stream()], read);
            }
        }
    }

    fn uses_of(&mut self, module: &str, code: impl IntoIterator<Item = TokenStream>, read: &mut Module) {
        for code in code {
            identifiers(code.clone(), &mut read.mentioned);
            self.uses.extend(paths(code).into_iter().map(|path| (module.to_owned(), path)));
        }
    }

    fn import(&mut self, module: &str, item: &syn::ItemUse, read: &mut Module) {
        let is_exported = !matches!(item.vis, Visibility::Inherited);
        for import in imported(&item.tree) {
            let (Imported::Name(_, path) | Imported::Glob(path)) = &import;
            let is_from_inside = !matches!(path.first().map(String::as_str), Some("crate" | "super"));
            match import {
                Imported::Name(name, path) if is_exported && is_from_inside => {
                    read.exported.push((name.clone(), path.clone()));
                    read.names.names.insert(name, Name::Alias(path));
                }
                Imported::Name(name, path) => {
                    self.uses.push((module.to_owned(), path.clone()));
                    read.names.names.insert(name, Name::Alias(path));
                }
                Imported::Glob(path) => {
                    if !(is_exported && is_from_inside) {
                        self.uses.push((module.to_owned(), path.clone()));
                    }
                    read.names.globs.push(path);
                }
            }
        }
    }
}

impl Imports {
    /// Every pair: the module that uses something, and the module that defines it.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(from, to)| (from.as_str(), to.as_str()))
    }

    /// The imports between groups of modules. `group` names the group of a module; it returns `None` to leave the
    /// module out.
    pub fn grouped(&self, group: impl Fn(&str) -> Option<String>) -> Graph {
        let mut graph = Graph::default();
        for (from, to) in self.pairs() {
            if let (Some(one), Some(other)) = (group(from), group(to))
                && one != other
            {
                graph.add(one, other, [shown(from), " → ", shown(to)].concat());
            }
        }
        graph
    }

    /// The circular imports at every level of the module tree, one for each level that has any. At a level, each direct
    /// child of a module counts as one node together with everything inside it, and the module's own file as another
    /// node.
    pub fn circles(&self) -> Vec<String> {
        let mut levels = BTreeSet::new();
        for (one, other) in self.pairs() {
            levels.insert(common(one, other));
        }
        levels
            .into_iter()
            .filter_map(|level| self.grouped(|module| child_of(level, module)).circle())
            .collect()
    }
}

/// The innermost module that contains both modules.
fn common<'a>(one: &'a str, other: &str) -> &'a str {
    let mut level = one;
    while !is_at_or_below(other, level) {
        level = crate::source::parent(level);
    }
    level
}

/// The name of a module in messages.
fn shown(module: &str) -> &str {
    if module.is_empty() { "crate" } else { module }
}

/// The direct child of `level` that equals or contains a module; `level` itself for its own file.
fn child_of(level: &str, module: &str) -> Option<String> {
    if !is_at_or_below(module, level) {
        return None;
    }
    let rest = module.get(level.len()..)?.trim_start_matches("::");
    let name = rest.split("::").next().unwrap_or_default();
    Some(if name.is_empty() { [shown(level), " (its own file)"].concat() } else { child(level, name) })
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}
