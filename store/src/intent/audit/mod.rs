//! The audit table: rows that tell what happened, written together with what they tell.
//!
//! The operator reads it, never a client, so its operations span all tenants.

mod append;
mod erase;
mod filter;
mod find;

pub use crate::tables::Order;
pub use append::{Append, Audited};
pub use erase::{EraseSubject, Erased};
pub use filter::AuditFilter;
pub use find::{AuditPage, FindAudit};
