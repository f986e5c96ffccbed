//! The audit table: one row for each security event. The row of a change is written in the same transaction as the
//! change.
//!
//! Only the operator reads the table, never a client, so its operations span all tenants.

mod append;
mod erase;
mod filter;
mod find;

pub use crate::tables::Order;
pub use append::{Append, Audited};
pub use erase::{EraseSubject, Erased};
pub use filter::AuditFilter;
pub use find::{AuditPage, FindAudit};
