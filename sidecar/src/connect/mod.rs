//! The page that says how to connect an MCP client: `GET /oauth/connect`. When a browser opens the address of an MCP
//! server, the plugin sends it to this page. The page is the same for every user, and the store is not read.

mod address;
mod view;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use protocol::limits::TooLong;
use protocol::limits::connect as limits;

use crate::edge::Ctx;
use crate::wire::form::QueryForm;
use crate::wire::{Failure, PageFailure};
use address::Address;

/// The route `/oauth/connect`.
pub fn routes() -> Router {
    Router::new().route("/oauth/connect", get(show))
}

/// Shows the page. The parameter `path` is the path of the MCP server that the browser opened.
async fn show(ctx: Ctx, query: Result<QueryForm, Failure>) -> Result<Response, PageFailure> {
    let query = query?.0;
    limits::ALL.check(&query).map_err(|error: TooLong| PageFailure(error.into()))?;
    let address = Address::new(&ctx.base, query.get("path").unwrap_or_default());
    Ok(view::page(&ctx, &address).into_response())
}
