//! The arithmetic of signatures that is our own, because a library's is too large or too slow for the plugin.
//!
//! | module | does itself | leaves to libraries | compared in the tests with |
//! |---|---|---|---|
//! | `modulus` | powers modulo an odd number (Montgomery multiplication) | – | `crypto-bigint` |
//! | [`rsa_key`] | RSASSA-PKCS1-v1_5: builds the expected padding and compares it | SHA-256 (`sha2`) | the vector of RFC 7515 A.2, and signatures with each fault that is known of padding |
//! | [`hot_key`] | the order in which an Ed25519 verification adds multiples that are computed in advance | points and scalars (`curve25519-dalek`), SHA-512 (`sha2`) | `ed25519-dalek`, for valid, changed and malformed signatures |
//!
//! Everything here verifies, so every input is public and the time of a computation may depend on it; nothing here
//! signs or holds a secret.
//! This module computes with numbers and bytes; JSON and JWKs are parsed elsewhere. Loops over the bytes of a request
//! are no arithmetic of signatures: they are in the crate `inner-loops`, which has an optimisation level of its own.

pub mod hot_key;
mod modulus;
pub mod rsa_key;
