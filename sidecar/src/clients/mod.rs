//! OAuth clients and their authentication. A client has registered here, is described by a metadata document, or is
//! listed in the operator's file.
//!
//! This module has no endpoint: the authorization, token, revocation and introspection endpoints use it. The store
//! holds a record of every client that has a grant or a login in progress, even if the client is described elsewhere,
//! because grants and logins refer to that record.

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
