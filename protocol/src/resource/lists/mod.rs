//! The lists in an MCP server's response, cut to what the caller may use.
//!
//! [`ListFilter::cut`] finds what to leave out of a response that was read as a whole, and changes nothing else: the
//! [`Edit`]s leave the bytes of every entry that stays as they are.

mod edit;
mod error;
mod events;
mod filter;
mod message;

pub use edit::{Edit, Edits};
pub use error::NotCut;
pub use filter::{ListFilter, ListResponse};

#[cfg(test)]
mod tests;
