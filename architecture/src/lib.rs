//! Rules of the layout that the compiler does not enforce: no circular imports, short files and functions.
//!
//! The test of a crate reads its sources once ([`Sources::read`]) and asserts that the result is empty:
//!
//! - [`Sources::imports`], then [`Imports::circles`]: at every level of the module tree, where a folder counts as one
//!   node; or [`Imports::grouped`], then [`Graph::circle`], for another grouping.
//! - [`Sources::long_files`] and [`Sources::long_functions`].
//!
//! Code that is compiled only for tests (`#[cfg(test)]`) may import anything and is not checked, except for the length
//! of its files.

mod graph;
mod imports;
mod resolve;
mod size;
mod source;
mod syntax;

pub use graph::Graph;
pub use imports::Imports;
pub use source::{SourceError, Sources};
