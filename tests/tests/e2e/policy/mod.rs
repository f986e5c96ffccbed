//! `toolPolicy` and `publicMethods`, through real Traefik.

mod bodies;
mod cases;
mod clients;
mod guide;
mod lists;
mod modern;
mod public;
mod refused;
mod scopes;
mod world;
