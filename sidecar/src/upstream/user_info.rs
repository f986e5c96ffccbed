//! The userinfo endpoint (OpenID Connect Core 1.0 §5.3): asked for what the `id_token` does not say, with the access
//! token that came with it.

use axum::http::header;
use protocol::secret::Secret;
use serde_json::{Map, Value};

use super::error::UpstreamError;
use super::http::{Endpoint, HttpClient, Reply};

/// What it says; whom it is about is to be seen by [`about`]. The body is capped as every answer is.
pub(super) async fn ask(
    http: &HttpClient,
    endpoint: &Endpoint,
    access_token: &Secret<String>,
) -> Result<Map<String, Value>, UpstreamError> {
    read(&http.get_with_bearer(endpoint, access_token).await?)
}

/// The claims, if they are about this subject (§5.3.2).
pub(super) fn about(sub: &str, claims: Map<String, Value>) -> Result<Map<String, Value>, UpstreamError> {
    if claims.get("sub").and_then(Value::as_str) == Some(sub) {
        Ok(claims)
    } else {
        Err(UpstreamError::Unverifiable("userinfo: it is about another subject (sub)".to_owned()))
    }
}

fn read(reply: &Reply) -> Result<Map<String, Value>, UpstreamError> {
    let kind =
        reply.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match reply.status {
        200 if kind == "application/jwt" => Err(UpstreamError::Misconfigured(
            "the userinfo answer is a signed or encrypted JWT, which is not supported: let the provider answer this \
             client in JSON (no userinfo_signed_response_alg)"
                .to_owned(),
        )),
        200 if kind != "application/json" => {
            Err(UpstreamError::Unavailable("the userinfo answer is not application/json".to_owned()))
        }
        200 => serde_json::from_slice(reply.body.expose())
            .map_err(|_| UpstreamError::Unavailable("the userinfo answer is not a JSON object".to_owned())),
        status @ (401 | 403) => Err(UpstreamError::Misconfigured(format!(
            "the userinfo endpoint refuses the access token ({status}): if `scopes` asks for another resource's token, \
             let the provider put the claims into the id_token"
        ))),
        status => Err(UpstreamError::Unavailable(format!("the userinfo endpoint answered {status}"))),
    }
}
