//! Reads the audit for the operator: `GET /admin/audit` on the operations listener.

mod query;
mod row;

pub use query::{Query, QueryError};
pub use row::{Page, Row};
