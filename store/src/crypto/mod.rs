//! Secrets at rest: sealing what must be read back, hashing what need not be.

pub mod seal;
pub mod secrets;
pub mod successor;

pub use crate::sealed::Sealed;
pub use seal::{Place, SealError, Sealer};
