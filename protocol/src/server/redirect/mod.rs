//! Redirect URIs: one set of rules, used at registration and at authorization.
//!
//! RFC 6749 §3.1.2, RFC 8252 §7 (native apps), OAuth 2.1 §2.3.1 and §8.4.2, MCP's security
//! considerations: `https` anywhere, `http` on the loopback names only, a few private-use schemes of known clients,
//! nothing else. What a tenant or the operator says beyond that is [`RedirectRules`].

mod error;
mod host;
mod rules;
mod scheme;
mod uri;
mod validated;

pub use error::RedirectError;
pub use rules::RedirectRules;
pub use scheme::is_dangerous;
pub use uri::{RedirectUri, collides_with_answer};
pub use validated::ValidatedRedirect;

#[cfg(test)]
mod tests;
