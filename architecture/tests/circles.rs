//! Tests code with circular imports and code without.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use architecture::Sources;

fn sources(files: &[(&str, &str)]) -> Sources {
    let owned = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    Sources::parse(owned).unwrap()
}

fn circles(files: &[(&str, &str)]) -> Vec<String> {
    sources(files).imports().circles()
}

const LIB: (&str, &str) = ("lib.rs", "pub mod a; pub mod b; pub mod c;");

#[test]
fn a_circle_is_reported_with_the_names_of_its_modules() {
    let found = circles(&[
        LIB,
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::{c::C}; pub struct B;"),
        ("c.rs", "pub struct C(super::a::A);"),
    ]);
    assert_eq!(found, ["a → b → c → a\n  a → b\n  b → c\n  c → a"]);
}

#[test]
fn a_chain_of_imports_is_not_a_circle() {
    let a = ("a.rs", "use crate::b::B; use crate::c::C; use std::fmt; pub struct A;");
    assert!(
        circles(&[LIB, a, ("b.rs", "use crate::c; pub struct B(c::C);"), ("c.rs", "pub struct C;")])
            .is_empty()
    );
}

#[test]
fn every_way_to_name_a_module_counts_as_an_import() {
    for back in [
        "use crate::a::A;",
        "use super::a::{self};",
        "use crate::{c::C, a::A as Other};",
        "use crate::a::*;",
        "fn f() { crate::a::f() }",
        "fn f() -> bool { matches!(1, crate::a::ONE) }",
        "impl crate::a::T for B {}",
        "mod inner { use super::super::a::A; }",
        "pub use crate::a::A;",
    ] {
        let b = format!("{back} pub struct B;");
        let a =
            ("a.rs", "use crate::b::B; pub struct A; pub const ONE: u8 = 1; pub trait T {} pub fn f() {}");
        assert_eq!(circles(&[LIB, a, ("b.rs", &b), ("c.rs", "pub struct C;")]).len(), 1, "{back}");
    }
}

#[test]
fn imports_of_test_code_are_ignored() {
    let a = (
        "a.rs",
        "use crate::b::B; pub struct A; #[cfg(test)] impl A { fn f() -> crate::c::C { crate::c::C } }",
    );
    let b = ("b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::a::A; } #[cfg(test)] mod more;");
    let more = ("b/more.rs", "use crate::a::A; use crate::c::C;");
    let c = ("c.rs", "use crate::a::A; pub struct C;");
    assert!(circles(&[LIB, a, b, more, c]).is_empty());
}

#[test]
fn a_re_exported_name_belongs_to_the_module_that_defines_it() {
    let lib = ("lib.rs", "pub mod f; pub mod d;");
    let outside = ("d.rs", "pub struct D;");
    let facade = ("f/mod.rs", "mod low; mod high; pub use low::Low; pub use high::High;");
    let low = ("f/low.rs", "use crate::d::D; pub struct Low;");
    let high = ("f/high.rs", "use super::Low; pub struct High(Low);");
    assert!(circles(&[lib, outside, facade, low, high]).is_empty());
    let found = circles(&[lib, outside, facade, ("f/low.rs", "use super::High; pub struct Low;"), high]);
    assert_eq!(found.len(), 1);
    assert!(found.iter().all(|circle| circle.starts_with("f::high → f::low → f::high")), "{found:?}");
}

#[test]
fn a_folder_counts_as_one_node_even_if_its_files_are_in_no_circle() {
    let lib = ("lib.rs", "pub mod f; pub mod d;");
    let files = [
        lib,
        ("f/mod.rs", "pub mod low; pub mod high;"),
        ("f/low.rs", "pub struct Low;"),
        ("f/high.rs", "use crate::d::D;"),
        ("d.rs", "use crate::f::low::Low; pub struct D;"),
    ];
    assert_eq!(circles(&files), ["d → f → d\n  d → f::low\n  f::high → d"]);
    let by_file = sources(&files).imports().grouped(|module| Some(module.to_owned()));
    assert_eq!(by_file.circle(), None);
}

#[test]
fn a_module_and_its_own_child_can_be_in_a_circle() {
    let parent = ("a.rs", "mod inner; use inner::Inner; pub struct A(Inner);");
    let inner = ("a/inner.rs", "use super::A; pub struct Inner;");
    let found = circles(&[("lib.rs", "pub mod a;"), parent, inner]);
    assert_eq!(found.len(), 1, "{found:?}");
    let exports = ("a.rs", "mod inner; pub use inner::Inner; pub struct A;");
    assert!(circles(&[("lib.rs", "pub mod a;"), exports, inner]).is_empty());
    let exports_and_uses = ("a.rs", "mod inner; pub use inner::Inner; pub struct A(Inner);");
    assert_eq!(circles(&[("lib.rs", "pub mod a;"), exports_and_uses, inner]).len(), 1);
}

#[test]
fn a_program_beside_a_library_hides_none_of_its_circles() {
    let library = [
        ("main.rs", "fn main() { krate::a::f() }"),
        ("lib.rs", "pub mod a; pub mod b;"),
        ("a.rs", "use crate::b::B; pub struct A; pub fn f() {}"),
        ("b.rs", "use crate::a::A; pub struct B;"),
    ];
    assert_eq!(circles(&library).len(), 1);
    let [_, _, a, b] = library;
    assert_eq!(circles(&[("main.rs", "mod a; mod b; fn main() {}"), a, b]).len(), 1, "a program alone");
}

#[test]
fn a_visibility_uses_nothing() {
    let parent = ("a.rs", "mod inner; use inner::Inner; struct A(Inner);");
    let inner = ("a/inner.rs", "pub(in crate::a) struct Inner { pub(in crate::a) field: u8 }");
    assert!(circles(&[("lib.rs", "pub mod a;"), parent, inner]).is_empty());
    let calls = ("a/inner.rs", "pub(in crate::a) struct Inner; fn f() { (crate::a::g)() }");
    assert_eq!(circles(&[("lib.rs", "pub mod a;"), parent, calls]).len(), 1);
}

#[test]
fn long_functions_and_files_are_reported_with_their_length() {
    let body = "    let x = 1;\n".repeat(9);
    let text =
        format!("impl X {{\nfn f() {{\n{body}}}\n}}\n#[cfg(test)]\nmod t {{\nfn g() {{\n{body}}}\n}}\n");
    let sources = sources(&[("lib.rs", &text)]);
    assert_eq!(sources.long_functions(10), ["lib.rs: f has 11 lines"]);
    assert!(sources.long_functions(11).is_empty());
    assert_eq!(sources.long_files(26), ["lib.rs: 27 lines"]);
    assert!(sources.long_files(27).is_empty());
}
