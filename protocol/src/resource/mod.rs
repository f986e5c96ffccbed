//! The resource-server role: everything that the plugin decides about a request.
//!
//! [`gate`] is the whole decision. The other modules are its parts, one concept each.

pub mod access_token;
pub mod admission;
pub mod backend_headers;
pub mod bearer;
pub mod challenge;
pub mod cors;
pub mod gate;
pub mod header_name;
pub mod header_value;
pub mod identity;
pub mod keys_file;
pub mod labels;
pub mod lists;
mod media_type;
pub mod message;
pub mod metadata;
pub mod options;
pub mod policy;
pub mod request;
pub mod revocation_file;
pub mod revocation_list;
pub mod route;
pub mod shared_keys;
pub mod tenant_paths;
pub mod token_in_force;
pub mod token_table;
pub mod verifier;
pub mod workloads;
