//! Personal access tokens: makes them, and ends those of users who lost access.
//!
//! A user makes them on the connections page, an administrator by a command. Both come here. Each token is a grant of the
//! client [`CLIENT_ID`](protocol::personal_token::CLIENT_ID), so whatever lists, ends or introspects grants knows it too.
//! There is no refresh at which access could be checked, so [`recheck`] does that from time to time.

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
