//! Tests of the real router in one process, with a manual clock, seeded entropy, an in-memory store, and contexts
//! sealed like the plugin's.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

mod administration;
mod advertised;
mod attacks;
mod authorize;
mod bad_input;
mod claims;
mod consent;
mod context;
mod counted;
mod defaults;
mod discovery;
mod documents;
mod federated;
mod floods;
mod grants;
mod guessing;
mod hot_reads;
mod key_holders;
mod limits;
mod login;
mod logs;
mod named_providers;
mod pages;
mod profiles;
mod real_clients;
mod registered_client;
mod registration;
mod standing;
mod tabs;
mod token;
mod token_size;
mod user_info;
mod way_out;
