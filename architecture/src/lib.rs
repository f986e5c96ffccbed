//! Rules of layout that no compiler enforces: modules import each other in no circle, files and functions stay short.
//!
//! The test of a crate reads its sources once ([`Sources::read`]) and asserts that what it asks for is empty:
//!
//! - [`Sources::imports`], then [`Imports::circles`]: at every level of the tree of modules, a folder counting as one;
//!   or [`Imports::grouped`], then [`Graph::circle`], for another division.
//! - [`Sources::long_files`] and [`Sources::long_functions`].
//!
//! What is compiled for tests alone (`#[cfg(test)]`) imports what it likes and is not looked at, except for the
//! length of its files.

mod graph;
mod imports;
mod resolve;
mod size;
mod source;
mod syntax;

pub use graph::Graph;
pub use imports::Imports;
pub use source::{SourceError, Sources};
