//! The real router, driven in process: manual clock, seeded entropy, the in-memory store, contexts sealed
//! as the plugin seals them.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

mod advertised;
mod attacks;
mod authorize;
mod bad_input;
mod consent;
mod context;
mod discovery;
mod documents;
mod federated;
mod floods;
mod grants;
mod hot_reads;
mod key_holders;
mod limits;
mod login;
mod logs;
mod pages;
mod profiles;
mod registered_client;
mod registration;
mod standing;
mod tabs;
mod token;
mod token_size;
mod way_out;
