//! The authorization-server role (RFC 6749 §1.1): what its requests mean and what may follow, decided from values. The
//! sidecar listens, stores and calls out around these decisions.
//!
//! - [`registration`]: client metadata (RFC 7591); [`redirect`]: redirect URIs, and the proof that one is the client's
//!   own;
//! - [`authorize`]: authorization requests; [`resource`]: the resource that a token is for (RFC 8707); [`login`]: the
//!   steps of a login; [`session`]: which browser need not sign in again; [`second_factor`]: what local users prove
//!   after the password; [`passkey`]: what local users may present instead of the password and the second factor;
//! - [`pkce`]: the proof that a code is presented by the client that requested it (RFC 7636); [`token`]: token
//!   requests, with [`grant_type`]; [`id_jag`]: assertions of a provider about a user; [`refresh`]: what a presented
//!   refresh token leads to; [`fitting`]: access tokens that the plugin accepts;
//! - [`metadata`]: the server's metadata (RFC 8414).

pub mod authorize;
pub mod fitting;
pub mod grant_type;
pub mod id_jag;
pub mod login;
pub mod metadata;
pub mod passkey;
pub mod pkce;
pub mod redirect;
pub mod refresh;
pub mod registration;
pub mod resource;
pub mod second_factor;
pub mod session;
pub mod token;
