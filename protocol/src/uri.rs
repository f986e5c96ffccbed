//! The two kinds of URI the product compares: a tenant's base (issuer) and a resource below it.
//!
//! Hosts are ASCII: internationalised names are given in their punycode form. Nothing is percent-decoded;
//! what two readers could understand differently (`%2F`, `..`, a backslash) is refused instead.

mod base;
mod parts;
mod resource;

pub use base::Base;
pub(crate) use parts::after_scheme;
pub use parts::{Scheme, UriError, has_risky_path, path_is_at_or_below};
pub use resource::ResourceUri;

#[cfg(test)]
mod tests;
