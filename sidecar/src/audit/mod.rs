//! The audit as the operator reads it: a question, and rows as JSON.

mod query;
mod row;

pub use query::{MOST, Query};
pub use row::{Page, Row};
