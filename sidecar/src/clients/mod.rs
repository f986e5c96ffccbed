//! Who a client is: registered here, described by a document at its own address, or named in the
//! operator's file; and the proof that a request comes from it.
//!
//! Not an endpoint: authorize, token, revoke and introspect all ask here. Whatever the source, the store
//! holds a record of every client that was ever sent to a login, because grants hang on it.

mod assertion;
pub mod auth;
mod client;
mod directory;
mod document;
mod error;
mod fetch;
mod file;
mod fresh;
mod keys;
mod way_out;

pub use client::{Client, Purpose, kind_without_secret, names};
pub use directory::Clients;
pub use error::{AuthenticationError, DocumentError, FindError};
pub use file::{ClientsFile, ClientsFileError};
