//! For tests only, in this crate and others: the oracle, a disk and a source of randomness that fail where a test
//! says, and records in their stored form.

#[expect(clippy::unwrap_used, reason = "only tests use it")]
pub mod disk;
pub mod entropy;
pub mod oracle;
pub mod record;
