//! The whole system with real identity providers: Dex, set up by its guide, and a provider that is itself an
//! authorization server for MCP.

mod check_provider;
mod dex;
mod mistakes;
mod own_tokens;
mod tenant;
mod upstream_token;
