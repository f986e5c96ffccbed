//! OAuth clients: registered here, described by a metadata document, or listed in the operator's file; and client
//! authentication.
//!
//! This is not an endpoint: the authorization, token, revocation and introspection endpoints use it. The store holds a
//! record of every client for which a login was started, whatever its source, because grants refer to it.

mod allowance;
mod assertion;
pub mod auth;
mod client;
mod directory;
mod document;
mod edit;
mod error;
mod fetch;
mod file;
mod fresh;
mod keys;
mod machine;
mod way_out;

pub use client::{Client, Purpose, kind_without_secret, names};
pub use directory::Clients;
pub use edit::{NewCredentials, NewMachine, add_machine};
pub use error::{AuthenticationError, DocumentError, FindError};
pub use file::{ClientsFile, ClientsFileError};
pub use machine::MachineClient;
