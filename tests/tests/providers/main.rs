//! Identity providers as they are, behind the whole system: Dex, set up by its guide, and a provider that is an
//! authorization server for MCP itself.

mod dex;
mod mistakes;
mod own_tokens;
mod tenant;
