//! The sidecar as one of Traefik's providers: `GET /traefik` on the operations listener.
//!
//! Traefik polls this endpoint (`providers.http.endpoint`). The response is dynamic configuration that is derived from
//! the routers that Traefik's own API lists, whichever provider they come from:
//!
//! ```text
//! Traefik ── GET /traefik ──► http ──► api ── GET /api/http/… ──► Traefik
//!                              │        └─► view      what it says
//!                              ├─► plan               which routers are protected, for which tenants, and the problems
//!                              └─► configuration      middlewares, service, OAuth routers, routers that block
//! ```
//!
//! The response holds no secret. Equal input gives equal bytes, so that Traefik reloads only when something changed.

mod api;
mod configuration;
mod deps;
mod http;
mod inspection;
mod names;
mod plan;
mod planned;
mod problem;
mod reports;
#[cfg(test)]
mod tests;
mod view;

pub use deps::{Api, Deps};
pub use http::routes;
pub use inspection::{Inspection, Inspector};
pub use problem::Problem;
pub use reports::Reports;
