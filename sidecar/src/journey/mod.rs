//! The login, from the authorization request to the code. Each step has its own folder. Steps do not call each other:
//! each stores its result in the login's record, and the next one reads it.

pub mod approval;
pub mod browser;
pub mod callback;
pub mod code;
mod drop;
mod error;
pub mod flow_id;
mod form_token;
mod login_page;
pub mod password;
mod redirect;
pub mod start;
mod upstream_leg;
mod wire;
mod words;
