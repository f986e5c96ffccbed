//! The authorization-server role (RFC 6749 §1.1): what its requests mean and what may follow, decided
//! from values. The sidecar listens, remembers and calls out around these decisions.
//!
//! - [`registration`]: client metadata (RFC 7591); [`redirect`]: redirect URIs and the proof that one is
//!   the client's own;
//! - [`authorize`]: authorization requests; [`resource`]: what a token is to be for (RFC 8707); [`login`]: the steps of
//!   a login;
//! - [`pkce`]: proof of possession of a code (RFC 7636); [`token`]: token requests; [`refresh`]: what a
//!   presented refresh token leads to;
//! - [`metadata`]: what the server says of itself (RFC 8414).

pub mod authorize;
pub mod fitting;
pub mod login;
pub mod metadata;
pub mod pkce;
pub mod redirect;
pub mod refresh;
pub mod registration;
pub mod resource;
pub mod token;
