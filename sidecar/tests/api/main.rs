//! Tests of the real router in one process, with a manual clock, seeded entropy, an in-memory store, and contexts
//! sealed like the plugin's.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

mod administration;
mod advertised;
mod attacks;
mod audit;
mod authorize;
mod bad_input;
mod brand;
mod check_provider;
mod claims;
mod connections;
mod consent;
mod context;
mod counted;
mod defaults;
mod discovery;
mod documents;
mod exemplars;
mod faults;
mod federated;
mod floods;
mod gauges;
mod github;
mod grants;
mod group_claims;
mod guessing;
mod hot_reads;
mod key_holders;
mod limits;
mod login;
mod logs;
mod named_providers;
mod network_connections;
mod pages;
mod profiles;
mod proofs;
mod provider_confirms;
mod provider_connection;
mod provider_requests;
mod readiness;
mod real_clients;
mod refusal_pages;
mod registered_client;
mod registration;
mod revocation_list;
mod sessions;
mod standing;
mod tabs;
mod token;
mod token_size;
mod traefik_problems;
mod user_info;
mod way_out;
