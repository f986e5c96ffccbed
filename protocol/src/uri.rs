//! The two kinds of URI that are compared: a tenant's base, which is its issuer, and a resource at or below it.
//!
//! Hosts are ASCII: internationalised names are given in punycode. Nothing is percent-decoded. What two parsers could
//! read differently (`%2F`, `..`, a backslash) is refused instead.

mod base;
mod parts;
mod resource;

pub use base::Base;
pub(crate) use parts::after_scheme;
pub use parts::{Scheme, UriError, has_risky_path, is_plain_path, path_is_at_or_below};
pub use resource::ResourceUri;

#[cfg(test)]
mod tests;
