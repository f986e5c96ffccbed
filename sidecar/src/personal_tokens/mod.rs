//! Personal access tokens: creates them, and revokes those of users who lost access.
//!
//! A user creates tokens on the connections page, an administrator by a command; both use this module. Each token is a
//! grant of the client [`CLIENT_ID`](protocol::personal_token::CLIENT_ID), so all code that lists, revokes or
//! introspects grants also handles these tokens. They are never refreshed, so the user's access cannot be checked at a
//! refresh; [`recheck`] checks it repeatedly instead.

mod create;
mod created;
mod error;
pub mod in_force;
mod issue;
mod lost;
pub mod recheck;
mod wanted;

pub use create::{Maker, PROVIDER_DAYS, PersonalTokens};
pub use created::Created;
pub use error::CreateError;
pub use wanted::{Malformed, Wanted};
