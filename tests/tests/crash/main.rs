//! Kills the sidecar program (SIGKILL) repeatedly under load, behind real Traefik, and checks that everything that
//! clients received before is still valid. Also tests refused starts, replicas, a silent database, and backups.

mod audited;
mod backups;
mod kills;
mod life;
mod replicas;
mod silent;
mod space;
mod starts;
