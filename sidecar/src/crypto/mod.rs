//! Secrets at rest: sealing and hashing.
