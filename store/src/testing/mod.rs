//! For tests only, in this crate and others: the oracle and faults.

#[expect(clippy::unwrap_used, reason = "only tests use it")]
pub mod disk;
pub mod oracle;
pub mod record;
