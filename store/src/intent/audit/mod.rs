//! The audit table: rows that tell security events, written in the same transaction as the changes that they tell.
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
