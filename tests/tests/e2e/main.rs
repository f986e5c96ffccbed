//! The whole system from outside: real Traefik with the built plugin, the sidecar program, real MCP
//! servers, a real OpenID provider, real clients.

mod clients;
mod door;
mod hostile;
mod hosts;
mod shared;
mod streams;
mod tenants;
mod wasm;
