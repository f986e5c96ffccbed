//! Reads Traefik's API.

use serde::de::DeserializeOwned;
use url::Url;

use super::view::{Version, View};
use crate::upstream::http::{CallError, Endpoint, HttpClient};

/// The maximum size of one response, in bytes. In a list, one router takes about 500 bytes.
const LARGEST: usize = 8 * 1024 * 1024;
/// The number of entries that is requested per page of a list.
const PAGE: usize = 1_000;
/// The maximum number of pages of one list.
const PAGES: usize = 20;

/// Why the API cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ApiError {
    /// The call returned no usable response.
    #[error("{0}")]
    Call(#[from] CallError),
    /// The status is not 200.
    #[error("{path} answers with status {status}")]
    Status {
        /// The path that was requested.
        path: &'static str,
        /// The status.
        status: u16,
    },
    /// The response is not JSON as Traefik's API returns it.
    #[error("{path} does not answer with what Traefik's API answers (at line {line}, column {column})")]
    Json {
        /// The path that was requested.
        path: &'static str,
        /// The line of the response at which parsing failed.
        line: usize,
        /// The column in that line.
        column: usize,
    },
    /// A list has more than [`PAGES`] pages.
    #[error("{0} has more than 20,000 entries")]
    Endless(&'static str),
}

/// Reads what the sidecar needs to plan the OAuth routers: Traefik's version, routers, middlewares and services. `api`
/// is the address of the API without `/api`.
pub(super) async fn read(http: &HttpClient, api: &Url) -> Result<View, ApiError> {
    let (version, _) = get::<Version>(http, api, "/api/version", None).await?;
    Ok(View {
        version: version.version,
        routers: list(http, api, "/api/http/routers").await?,
        middlewares: list(http, api, "/api/http/middlewares").await?,
        services: list(http, api, "/api/http/services").await?,
    })
}

async fn list<T: DeserializeOwned>(
    http: &HttpClient,
    api: &Url,
    path: &'static str,
) -> Result<Vec<T>, ApiError> {
    let mut entries = Vec::new();
    for page in 1..=PAGES {
        let (mut some, next) = get::<Vec<T>>(http, api, path, Some(page)).await?;
        entries.append(&mut some);
        // On the last page, Traefik names the first page as the next one.
        if next.is_none_or(|next| next <= page) {
            return Ok(entries);
        }
    }
    Err(ApiError::Endless(path))
}

/// Returns one parsed response, and the number of the page that Traefik names as the next one, if it names one.
async fn get<T: DeserializeOwned>(
    http: &HttpClient,
    api: &Url,
    path: &'static str,
    page: Option<usize>,
) -> Result<(T, Option<usize>), ApiError> {
    let mut url = api.clone();
    url.set_path(&format!("{}{path}", api.path().trim_end_matches('/')));
    if let Some(page) = page {
        url.set_query(Some(&format!("page={page}&per_page={PAGE}")));
    }
    let reply = http.get_document(&Endpoint::of_the_proxy(url), LARGEST).await?;
    if reply.status != 200 {
        return Err(ApiError::Status { path, status: reply.status });
    }
    let next = reply.headers.get("x-next-page").and_then(|next| next.to_str().ok()?.parse().ok());
    let value = serde_json::from_slice(reply.body.expose());
    let value = value.map_err(|error| ApiError::Json { path, line: error.line(), column: error.column() })?;
    Ok((value, next))
}
