//! Secrets at rest: encrypting those that must be read back, hashing the others.

pub mod seal;
pub mod secrets;
pub mod successor;

pub use crate::sealed::Sealed;
pub use seal::{Place, SealError, Sealer};
