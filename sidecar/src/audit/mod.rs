//! Queries of the audit, and their results as JSON.

mod query;
mod row;

pub use query::{MOST, Query};
pub use row::{Page, Row};
