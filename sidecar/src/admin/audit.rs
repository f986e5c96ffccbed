//! `/admin/audit`: finds rows of the audit.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::Deps;
use super::error::AdminError;
use super::reply::answer;
use crate::audit::{Page, Query};
use crate::ops::Proven;

pub(super) async fn find(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, page(&deps, &proven).await)
}

async fn page(deps: &Deps, proven: &Proven) -> Result<Page, AdminError> {
    let query: Query = proven.json()?;
    let find = query.intent().map_err(|error| AdminError::Malformed(format!("after: {error}")))?;
    Ok(deps.store.read(find).await?.into())
}
