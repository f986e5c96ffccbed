//! The harness of the end-to-end tests: starts the real parts and looks at them from outside.
//!
//! Nothing here depends on the crates under test: what is started are the built files, and what is
//! spoken is HTTP. Ports are never fixed. Everything started stops with the value that started it,
//! and with the test program, however that ends.

pub mod backend;
pub mod browser;
pub mod clients;
pub mod deployed;
pub mod dex;
pub mod docker_api;
pub mod ended;
pub mod flow;
pub mod guide;
pub mod hop;
pub mod html;
pub mod http;
pub mod idp;
pub mod keycloak;
pub mod local;
pub mod mcp_server;
pub mod ports;
pub mod sidecar;
pub mod stack;
pub mod suite;
pub mod traefik;
pub mod wire;

pub use test_programs::{paths, postgres, process, runtime, wait};
