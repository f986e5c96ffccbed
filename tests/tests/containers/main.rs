//! The quick start with real containers: `deploy/compose.yml` and the commands of its guide, with Docker Compose and
//! Podman.
//!
//! The images are built here only from programs of this machine, and have the names that the Compose file gives. Only
//! the ports and Podman's socket differ from a user's installation.

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
