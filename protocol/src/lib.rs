//! Everything MCPBouncer decides from values alone.
//!
//! This crate does no I/O and reads neither a clock nor randomness: time is an argument, nonces are derived, and files
//! and requests are passed in. It is built and tested natively and for `wasm32-wasip1`.
//!
//! - the vocabulary both programs share: [`time`], [`secret`], [`encoding`], [`uri`], [`tenant`],
//!   [`json`], [`text`], [`scope`], [`form`], [`error`], [`settings`], [`context`];
//! - [`header_text`]: encodes any text as the value of a header;
//! - [`token_box`]: the encrypted claim of an access token, which only the plugin reads;
//! - [`limits`]: the largest accepted lengths and counts; [`personal_token`]: what a personal access token is;
//! - [`jose`]: keys, key certificates and signed tokens;
//! - [`resource`]: the resource-server role (RFC 6749 §1.1), played by the Traefik plugin;
//! - [`server`]: the authorization-server role, played by the sidecar;
//! - [`traefik`]: rules of Traefik's routers, and the OAuth router's rule.

pub mod context;
pub mod encoding;
pub mod error;
pub mod form;
pub mod header_text;
pub mod jose;
pub mod json;
pub mod limits;
pub mod personal_token;
pub mod resource;
pub mod scope;
pub mod secret;
pub mod server;
pub mod settings;
pub mod tenant;
pub mod text;
pub mod time;
pub mod token_box;
pub mod traefik;
pub mod uri;
