//! Where the provider sends the browser back: `GET /oauth/callback`.
//!
//! OpenID Connect Core 1.0 §3.1.2.5, RFC 6749 §4.1.2, RFC 9207 §2.4. Only the browser that approved gets
//! further, once.

mod flow;
pub mod http;
