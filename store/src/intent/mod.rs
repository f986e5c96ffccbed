//! The operations, one struct each: what it is about, what it promises, and what it does with a transaction.
//!
//! [`Store::read`](crate::Store::read) and [`Store::write`](crate::Store::write) run them, each in **one atomic
//! transaction** that is durable before the answer is returned. Rules that hold for every operation:
//! - **Tenant**: a record is visible to and changed by its own tenant only, issuer and tid both; to any other it does
//!   not exist.
//! - **Time** is a field. A record is gone from its `expires` on (`now >= expires`), whether or not the sweep has
//!   removed it.
//! - **Negative outcomes change nothing**, unless the operation says so (reuse revokes).
//! - An `Err` is a fault of the server (disk, damaged record) and says nothing about a secret: callers respond with 503
//!   and change nothing.

pub mod clients;
pub mod codes;
pub mod copy;
pub mod grants;
pub mod keys;
pub mod logins;
pub mod refresh;
pub mod sweep;

use crate::error::StoreError;
use crate::tables::{Read, Write};

/// An operation that changes nothing.
pub trait ReadIntent: Send {
    /// What it returns.
    type Answer: Send + 'static;

    /// Runs it in a snapshot.
    fn run(&self, tx: &impl Read) -> Result<Self::Answer, StoreError>;
}

/// An operation that may change something.
pub trait WriteIntent: Send + 'static {
    /// What it returns.
    type Answer: Send + 'static;

    /// Runs it in a transaction that writes. It may run more than once, each time on what is stored then.
    fn run(&self, tx: &impl Write) -> Result<Self::Answer, StoreError>;
}
