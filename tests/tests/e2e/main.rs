//! The whole system from outside: real Traefik with the built plugin, the sidecar program, real MCP
//! servers, a real OpenID provider, real clients.

mod clients;
mod door;
mod hosts;
mod shared;
