//! The local login page: `GET` and `POST /oauth/login`.
//!
//! Only for tenants with local users. The password is asked afresh at every login; there is no session
//! that could answer for it.

mod flow;
pub mod http;
mod known;
mod view;
