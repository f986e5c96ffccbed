//! The harness of the end-to-end tests. It starts the real programs and tests them from outside.
//!
//! The harness does not depend on the crates under test: it starts the built programs and sends HTTP requests. Ports
//! are never fixed. Every program stops when the value that started it is dropped, and when the test program ends, even
//! by a crash.

pub mod backend;
pub mod browser;
pub mod clients;
pub mod collector;
pub mod deployed;
pub mod dex;
pub mod docker_api;
pub mod ended;
pub mod extensions;
pub mod flow;
pub mod guide;
pub mod hop;
pub mod html;
pub mod http;
pub mod idp;
pub mod keycloak;
pub mod kubernetes_api;
pub mod local;
pub mod machines;
pub mod mcp_server;
pub mod ports;
pub mod prometheus;
pub mod relay;
pub mod sidecar;
pub mod stack;
pub mod suite;
pub mod traefik;
pub mod wire;

pub use test_programs::{paths, postgres, process, runtime, wait};
