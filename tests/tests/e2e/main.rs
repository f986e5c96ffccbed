//! Tests the whole system from outside: real Traefik with the built plugin, the sidecar program, real MCP servers, a
//! real OpenID provider, and real clients.

mod administration;
mod advice;
mod bad_input;
mod browsers;
mod clients;
mod connections;
mod delivery;
mod discovery;
mod door;
mod guides;
mod hostile;
mod hosts;
mod kubernetes;
mod labels;
mod machines;
mod matrix;
mod one_label;
mod one_label_faults;
mod outage;
mod personal;
mod policy;
mod proxies;
mod rotation;
mod rows;
mod rules;
mod schema;
mod shared;
mod sizes;
mod streams;
mod tenants;
mod told;
mod traces;
mod two_traefiks;
mod variants;
mod wasm;
