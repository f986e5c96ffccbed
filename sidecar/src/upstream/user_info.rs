//! The userinfo endpoint (OpenID Connect Core 1.0 §5.3). It is called for claims that the `id_token` lacks, with the
//! access token from the same response.

use axum::http::header;
use protocol::secret::Secret;
use serde_json::{Map, Value};

use super::error::UpstreamError;
use super::http::{Endpoint, HttpClient, Reply};

/// Fetches the claims. The caller must check with [`about`] which user they are about. The size of the body is limited.
pub(super) async fn ask(
    http: &HttpClient,
    endpoint: &Endpoint,
    access_token: &Secret<String>,
) -> Result<Map<String, Value>, UpstreamError> {
    read(&http.get_with_bearer(endpoint, access_token).await?)
}

/// Returns the claims. Fails unless they are about this subject (§5.3.2).
pub(super) fn about(sub: &str, claims: Map<String, Value>) -> Result<Map<String, Value>, UpstreamError> {
    if claims.get("sub").and_then(Value::as_str) == Some(sub) {
        Ok(claims)
    } else {
        Err(UpstreamError::Unverifiable("userinfo: it is about a different subject (sub)".to_owned()))
    }
}

fn read(reply: &Reply) -> Result<Map<String, Value>, UpstreamError> {
    let kind =
        reply.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match reply.status {
        200 if kind == "application/jwt" => Err(UpstreamError::Misconfigured(
            "the userinfo response is a signed or encrypted JWT, which is not supported: configure the provider to respond to this \
             client with JSON (no userinfo_signed_response_alg)"
                .to_owned(),
        )),
        200 if kind != "application/json" => {
            Err(UpstreamError::Unavailable("the userinfo response is not application/json".to_owned()))
        }
        200 => serde_json::from_slice(reply.body.expose())
            .map_err(|_| UpstreamError::Unavailable("the userinfo response is not a JSON object".to_owned())),
        status @ (401 | 403) => Err(UpstreamError::Misconfigured(format!(
            "the userinfo endpoint refuses the access token ({status}): if `scopes` requests a token for another resource, \
             configure the provider to put the claims into the id_token"
        ))),
        status => Err(UpstreamError::Unavailable(format!("the userinfo endpoint responded with status {status}"))),
    }
}
