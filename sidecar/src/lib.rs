//! The authorization server: everything that must listen, remember or call out.
//!
//! One folder per OAuth concept (`journey`, `token`, `registration`, …); the steps of a login never call
//! each other: each stores what the next one needs. What can be decided from values alone is in the
//! `protocol` crate.

pub mod access;
pub mod app;
pub mod backup;
pub mod budget;
pub mod cli;
pub mod client_name;
pub mod clients;
pub mod clock;
pub mod compact_jws;
pub mod config;
pub mod discovery;
pub mod edge;
pub mod fetched;
pub mod health;
pub mod introspection;
pub mod journey;
pub mod jwks;
pub mod keys;
pub mod labels;
pub mod listen;
pub mod pages;
pub mod providers;
pub mod registration;
pub mod revocation;
pub mod revocation_file;
pub mod rules;
pub mod serve;
pub mod sweep;
pub mod telemetry;
pub mod token;
pub mod traefik;
pub mod upstream;
pub mod userinfo;
pub mod users;
pub mod wire;
