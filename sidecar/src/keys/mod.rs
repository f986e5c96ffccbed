//! The signing-key ring.
