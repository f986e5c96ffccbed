//! Protects secrets at rest: encrypts those that must be read back, and hashes all others.

pub mod seal;
pub mod secrets;
pub mod successor;

pub use crate::sealed::Sealed;
pub use seal::{Place, SealError, Sealer};
