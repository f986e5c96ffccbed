//! The sidecar program is killed (SIGKILL) in the middle of its work, again and again, behind real Traefik:
//! whatever a client was given before still holds afterwards.

mod kills;
mod life;
