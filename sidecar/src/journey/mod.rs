//! A login, from the authorization request to the code, one folder for each step. Steps do not call each other: they
//! hand over through the stored login.

pub mod approval;
pub mod browser;
pub mod callback;
pub mod code;
mod drop;
mod error;
pub mod flow_id;
mod form_token;
mod of_page;
pub mod password;
mod redirect;
pub mod start;
mod upstream_leg;
mod wire;
mod words;
