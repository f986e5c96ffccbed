//! The consent page: `GET` and `POST /oauth/consent`.
//!
//! Asked at every authorization, whatever the client, because registration is open and our own client at
//! the provider is one for all (MCP authorization, "confused deputy"). For local users it comes after
//! the password and ends in a code; for a provider it comes before the browser is sent there.

mod flow;
pub mod http;
mod view;
