//! The operations. Each is a struct that holds its parameters, documents its guarantees, and runs in a transaction.
//!
//! [`Store::read`](crate::Store::read) and [`Store::write`](crate::Store::write) run each of them in **one atomic
//! transaction**, which is durable before the result is returned. Rules for every operation:
//! - **Tenant**: a record can only be read and changed by its own tenant (issuer and `tid`); for any other tenant it
//!   does not exist. Exceptions: second factors ([`second_factors`]) and passkeys ([`passkeys`]) belong to the users
//!   file and so to all tenants. The operations of the operator and of the sidecar itself ([`audit`], [`copy`],
//!   [`keys`], [`listing`], [`sweep`], [`grants::ListRevocations`]) span all tenants.
//! - **Time** is a field of the operation. From its `expires` on (`now >= expires`), a record does not exist, whether
//!   or not the sweep has deleted it.
//! - **Negative results change nothing**, unless the operation says otherwise (for example, reuse of a token revokes).
//! - An `Err` is a failure of the server (disk, damaged record) and says nothing about a secret: callers respond with
//!   503 and change nothing.

pub mod audit;
pub mod clients;
pub mod codes;
pub mod copy;
pub mod direct;
pub mod grants;
pub mod keys;
pub mod listing;
pub mod logins;
pub mod passkeys;
pub mod personal;
pub mod refresh;
pub mod second_factors;
pub mod sessions;
pub mod sweep;

use crate::error::StoreError;
use crate::tables::{Read, Write};

/// An operation that changes nothing.
pub trait ReadIntent: Send {
    /// The type of its result.
    type Output: Send + 'static;

    /// Runs the operation in a snapshot.
    fn run(&self, tx: &impl Read) -> Result<Self::Output, StoreError>;
}

/// An operation that may change something.
pub trait WriteIntent: Send + 'static {
    /// The type of its result.
    type Output: Send + 'static;

    /// Runs the operation in a write transaction. It may run more than once, each time with what is stored at that
    /// moment.
    fn run(&self, tx: &impl Write) -> Result<Self::Output, StoreError>;
}
