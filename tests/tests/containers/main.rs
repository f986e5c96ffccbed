//! The quick start with real containers: `deploy/compose.yml` and the commands of its guide, by Docker Compose and Podman.
//!
//! The images are built here from nothing and carry the names that the Compose file gives. Only the ports and Podman's
//! socket differ from what a user has.

mod acme;
mod add_ons;
mod engine;
mod images;
mod init;
mod original_labels;
mod quick_start;
mod readme;
mod replicas;
mod world;
