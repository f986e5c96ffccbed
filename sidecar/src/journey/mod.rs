//! The login, from the authorization request to the code. Each step has its own module. Steps do not call each other:
//! each stores its result in the login's record, and the next one reads it.

pub mod account;
pub mod approval;
pub mod browser;
pub mod callback;
mod client_origin;
pub mod code;
pub mod connections;
mod drop;
mod error;
pub mod flow_id;
mod form_token;
mod known_browser;
pub mod local_sign_in;
mod login_page;
pub mod password;
mod place;
mod provider_host;
mod redirect;
mod scope_words;
pub mod second_factor;
pub mod session;
mod set_up;
mod sign_in;
pub mod start;
mod upstream_leg;
mod wire;
mod words;
