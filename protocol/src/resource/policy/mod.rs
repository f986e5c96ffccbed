//! Which scopes an MCP method, tool, prompt or resource needs: the options `toolPolicy` and `publicMethods`.
//!
//! A rule names a method and a name with patterns, and the scopes that what they match needs in addition to
//! `requiredScopes`. [`Operations`] reads a body and collects the rules for all its messages as [`Needs`], which
//! [`Admitted::by_token`](super::admission::Admitted::by_token) compares with the token.

mod lists;
mod needs;
mod normal_uri;
mod pattern;
mod public;
mod rule;
mod rules;

pub use lists::{ListKind, Lists};
pub use needs::{Needs, Operations, PublicNeeds, Refused};
pub use public::PublicMethods;
pub use rule::{BadRule, WrongRule};
pub use rules::{RuleSet, Rules};

#[cfg(test)]
mod tests;
