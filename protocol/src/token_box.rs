//! The sealed box in an access token: what the plugin needs to know of a user and the client must not read.
//!
//! The authorization server seals the box, the plugin opens it, and the client passes it on as the claim `mcpb_box`.
//! The box is encrypted with AES-256-GCM-SIV (RFC 8452) under a sub-key of the plugin key that nothing else uses. It
//! opens only in the token for which it was sealed: version, tenant, issuer and `jti` are its associated data.
//!
//! ```text
//! mcpb_box  = base64url(version ‖ ciphertext ‖ tag)       version: one byte, 1
//! nonce     = first 12 bytes of SHA-256(associated data)   not transmitted
//! plaintext = (code ‖ length ‖ bytes)*                     code: one byte; length: LEB128
//! ```
//!
//! A token id (`jti`) is used once, so the nonce is too. Should a token id ever repeat, this mode of encryption reveals
//! only whether both boxes have the same content.

mod contents;
mod format;
mod seal;

pub use contents::BoxContents;
pub use seal::{BoxBinding, BoxError, open, seal};

/// The claim that holds the box.
pub const BOX_CLAIM: &str = "mcpb_box";

#[cfg(test)]
mod tests;
