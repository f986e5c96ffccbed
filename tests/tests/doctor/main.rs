//! `mcpbouncer doctor` on real installations: a healthy one has no finding, and for each check the fault is made and that
//! check reports it, with no other than those that follow from it.

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
