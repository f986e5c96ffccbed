//! Requests to the operations listener that need a proof that the caller knows the encryption key.
//!
//! ```text
//! command ─► GET  /admin/instance     which run of the server this is
//!        └─► POST /admin/…            Authorization: MCPBouncer <proof>
//! ```
//!
//! A proof ([`proof`]) is an HMAC under the encryption key over the time, a random nonce, the [`Instance`], the method,
//! the path with the query, the SHA-256 of the body, and the name that the caller gives. A proof is valid for a minute
//! and is accepted once, by the run of the server for which it was made: a recorded request can be repeated neither
//! here, nor after a restart, nor at a replica. The proof is verified before the body is read.

mod call;
mod gate;
mod limits;
mod nonces;
mod proof;
#[cfg(test)]
mod tests;

pub(crate) use call::connect;
pub use call::{CallError, Caller, Reply};
pub use gate::{Gate, Proven, instance, layer};
pub use limits::{INSTANCE_PATH, MOST_BODY, MOST_REQUESTS};
pub use nonces::MOST_NONCES;
pub use proof::{Actor, BadActor, Instance, LONGEST_ACTOR, Subject, make};
