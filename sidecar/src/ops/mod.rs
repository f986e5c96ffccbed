//! Requests to the operations listener that need a proof: the caller knows the encryption key.
//!
//! ```text
//! command ─► GET  /admin/instance     which run of the server this is
//!        └─► POST /admin/…            Authorization: MCPBouncer <proof>
//! ```
//!
//! A proof ([`proof`]) is an HMAC under the encryption key over the time, a random nonce, the instance, the method, the
//! path, the SHA-256 of the body, and the name that the caller gives. It is valid for a minute and accepted once, by the
//! run of the server for which it was made: a recorded request can be repeated neither here, nor after a restart, nor at
//! a replica. The proof is verified before the body is read.

mod call;
mod gate;
mod nonces;
mod proof;
#[cfg(test)]
mod tests;

pub use call::{CallError, Caller, Reply};
pub use gate::{Gate, Proven, instance, layer};
pub use nonces::MOST_NONCES;
pub use proof::{Actor, BadActor, Instance, LONGEST_ACTOR, Subject, make};

/// The path at which the server tells its [`Instance`].
pub const INSTANCE_PATH: &str = "/admin/instance";
/// The maximum length of a request's body in bytes.
pub const MOST_BODY: usize = 64 * 1024;
/// How many requests that need a proof an address may send in a minute; further ones are refused unread.
pub const MOST_REQUESTS: u32 = 3_000;
