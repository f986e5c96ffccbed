//! The page on which users see and end their connections: `GET` and `POST /oauth/connections`. A connection is a grant
//! of a client.
//!
//! Personal access tokens are on separate pages at the same path.
//!
//! The page needs a session. Without one, the browser is sent to sign in, by a login that no client asked for, and
//! comes back. A user sees and ends only their own grants at this tenant.

mod deps;
mod flow;
mod form;
mod http;
mod list;
mod token_view;
mod tokens;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use deps::Deps;

/// The route `/oauth/connections`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/connections", get(http::show).post(http::submit)).with_state(Arc::new(deps))
}
