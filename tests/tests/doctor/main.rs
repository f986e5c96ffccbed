//! `mcpbouncer doctor` on real installations. In a healthy installation it finds nothing. For each check, a test makes
//! the fault, and only that check and those that follow from it find something.

mod certificates;
mod down;
mod front;
mod fronted;
mod healthy;
mod hosts;
mod listed;
mod providers;
mod public;
mod report;
mod routers;
mod sidecar;
mod static_configuration;
mod token;
mod world;
