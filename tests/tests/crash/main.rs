//! The sidecar program is killed (SIGKILL) in the middle of its work, again and again, behind real Traefik:
//! whatever a client was given before still holds afterwards. And starts that must not be,
//! replicas, and backups.

mod backups;
mod kills;
mod life;
mod replicas;
mod space;
mod starts;
