//! The lengths of files and functions.

use crate::source::Sources;
use crate::syntax::is_test_only;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, ItemImpl, ItemMod, Signature, TraitItemFn};

impl Sources {
    /// The files, including those of tests, with more than `limit` lines, each with its length.
    pub fn long_files(&self, limit: usize) -> Vec<String> {
        let long = self.files.iter().filter(|(_, file)| file.lines > limit);
        long.map(|(path, file)| format!("{path}: {} lines", file.lines)).collect()
    }

    /// The functions of the product with more than `limit` lines from `fn` to the closing brace, each with its length.
    pub fn long_functions(&self, limit: usize) -> Vec<String> {
        let mut found = Vec::new();
        for (path, file) in self.product() {
            Functions { path, limit, found: &mut found }.visit_file(&file.syntax);
        }
        found
    }
}

struct Functions<'a> {
    path: &'a str,
    limit: usize,
    found: &'a mut Vec<String>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &Signature, body: &Block) {
        let lines = body.span().end().line + 1 - signature.span().start().line;
        if lines > self.limit {
            self.found.push(format!("{}: {} has {lines} lines", self.path, signature.ident));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if !is_test_only(&function.attrs) {
            self.measure(&function.sig, &function.block);
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !is_test_only(&function.attrs) {
            self.measure(&function.sig, &function.block);
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(body) = &function.default {
            self.measure(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test_only(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        if !is_test_only(&block.attrs) {
            visit::visit_item_impl(self, block);
        }
    }
}
