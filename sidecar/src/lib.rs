//! The authorization server: the part of MCPBouncer that listens, stores state and calls identity providers.
//!
//! Each OAuth endpoint or feature has its own module (`journey`, `token`, `introspection`, …). The steps of a login
//! never call each other; each step stores its state and the next one reads it. Logic that depends on values alone,
//! without I/O, is in the `protocol` crate.

pub mod access;
pub mod admin;
pub mod app;
pub mod audit;
pub mod backup;
pub mod brand;
pub mod budget;
pub mod check_config;
pub mod check_provider;
pub mod cli;
pub mod client_name;
pub mod clients;
pub mod clock;
pub mod compact_jws;
pub mod config;
pub mod connect;
pub mod discovery;
mod disk;
pub mod doctor;
pub mod edge;
pub mod fetched;
pub mod file_stamp;
pub mod health;
pub mod introspection;
pub mod journal;
pub mod journey;
pub mod jwks;
pub mod kept_file;
pub mod keys;
pub mod labels;
pub mod listen;
pub mod locale;
pub mod locks;
pub mod metrics;
pub mod ops;
pub mod pages;
pub mod passkeys;
pub mod personal_tokens;
pub mod providers;
pub mod registration;
pub mod reloaded_file;
pub mod revocation;
pub mod revocation_file;
pub mod rules;
pub mod second_factor;
pub mod serve;
pub mod share;
mod signals;
pub mod sweep;
pub mod telemetry;
pub mod token;
pub mod traces;
pub mod traefik;
pub mod upstream;
pub mod upstream_revocation;
pub mod userinfo;
pub mod users;
mod weights;
pub mod whole_file;
pub mod wire;
