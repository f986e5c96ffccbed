//! For tests only, in this crate and others: the oracle, a disk that fails, and records in their stored form.

#[expect(clippy::unwrap_used, reason = "only tests use it")]
pub mod disk;
pub mod oracle;
pub mod record;
