//! Administration of a running sidecar through its operations listener: endpoints that show stored records, and that
//! end or remove them.
//!
//! Every endpoint is a `POST` with a JSON body ([`wire`]). It is behind [`crate::ops::layer`] and demands
//! [`Proven`](crate::ops::Proven). A listing examines a bounded number of records for each page. Every change is
//! recorded with the name that the caller gave; if the change is a transaction of the store, the record is written in
//! it.

mod audit;
mod clients;
mod deps;
mod error;
mod grants;
mod keys;
mod names;
mod reply;
mod status;
mod tenants;
pub mod token_wire;
mod tokens;
pub mod user_wire;
mod users;
pub mod wire;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

pub use deps::{COUNTED, Deps};

/// The routes, which must be behind [`crate::ops::layer`].
pub fn routes(deps: Deps) -> Router {
    Router::new()
        .route("/admin/status", post(status::status))
        .route("/admin/tenants", post(tenants::list))
        .route("/admin/audit", post(audit::find))
        .route("/admin/clients/list", post(clients::list))
        .route("/admin/clients/show", post(clients::show))
        .route("/admin/clients/remove", post(clients::remove))
        .route("/admin/grants/list", post(grants::list))
        .route("/admin/grants/show", post(grants::show))
        .route("/admin/grants/end", post(grants::end))
        .route("/admin/tokens/create", post(tokens::create))
        .route("/admin/tokens/list", post(tokens::list))
        .route("/admin/users/changed", post(users::changed))
        .route("/admin/users/reset-second-factor", post(users::reset_second_factor))
        .route("/admin/users/passkeys", post(users::passkeys))
        .route("/admin/users/remove-passkeys", post(users::remove_passkeys))
        .route("/admin/keys/list", post(keys::list))
        .route("/admin/keys/rotate", post(keys::rotate))
        .with_state(Arc::new(deps))
}
