//! Renders the pages that handlers return.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::packed::{accepts_gzip, gzip, plain};
use super::render::Rendered;
use super::style::Look;
use super::{OfServer, Page, set_policy};
use crate::locale::Locale;

/// Renders the page of the response, if it has one, in the language that the reader prefers.
pub async fn layer(State(look): State<Arc<Look>>, request: Request, next: Next) -> Response {
    let locale = Locale::of(request.headers());
    let compress = accepts_gzip(request.headers());
    let mut response = next.run(request).await;
    let Some(page) = response.extensions_mut().remove::<Arc<Page>>() else { return response };
    let server = response.extensions_mut().remove::<OfServer>();
    let icon = server.and_then(|server| look.icon(&server.0));
    let map = response.headers_mut();
    map.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    map.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
    map.append(header::VARY, HeaderValue::from_static("accept-language, accept-encoding"));
    if compress {
        map.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    set_policy(map, look.policy(icon, page.has_script()));
    let rendered = Rendered::of(&page, locale, &look);
    let chunks = rendered.chunks(locale, &look, icon);
    *response.body_mut() = Body::from(if compress { gzip(&chunks) } else { plain(&chunks) });
    response
}
