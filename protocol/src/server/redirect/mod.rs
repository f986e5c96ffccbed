//! Redirect URIs: one set of rules, used at registration and at authorization.
//!
//! The rules follow RFC 6749 §3.1.2, RFC 8252 §7 (native apps), OAuth 2.1 §2.3.1 and §8.4.2, and MCP's security
//! considerations: `https` on every host, `http` on loopback only, the private-use schemes of a few known clients, and
//! nothing else. [`RedirectRules`] are what the operator and a tenant add.

mod error;
mod host;
mod rules;
mod scheme;
mod uri;
mod validated;

pub use error::RedirectError;
pub use rules::RedirectRules;
pub use scheme::is_dangerous;
pub use uri::{RedirectUri, collides_with_response};
pub use validated::ValidatedRedirect;

#[cfg(test)]
mod tests;
