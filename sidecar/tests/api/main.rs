//! The real router, driven in process: manual clock, seeded entropy, the in-memory store, contexts sealed
//! as the plugin seals them.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

mod advertised;
mod attacks;
mod authorize;
mod bad_input;
mod claims;
mod consent;
mod context;
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
