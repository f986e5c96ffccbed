//! The registration response (RFC 7591 §3.2, RFC 7592 §3).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::secret::Secret;
use serde_json::{Map, Value};
use store::record::ClientRecord;

use crate::edge::Ctx;

/// Secrets that are returned once and stored only as hashes.
pub(super) struct ShownOnce {
    pub(super) secret: Option<Secret<String>>,
    pub(super) registration_token: Secret<String>,
}

/// The members of the client information response (RFC 7591 §3.2.1, RFC 7592 §3).
pub(super) fn fields(ctx: &Ctx, record: &ClientRecord, shown: Option<&ShownOnce>) -> Map<String, Value> {
    let mut fields = record.metadata.as_object().cloned().unwrap_or_default();
    fields.insert("client_id".into(), record.client_id.clone().into());
    fields.insert("client_id_issued_at".into(), record.issued_at.as_secs().into());
    if record.registration_token.is_some() {
        let uri = ctx.base.join(&format!("/oauth/register/{}", record.client_id));
        fields.insert("registration_client_uri".into(), uri.into());
    }
    if let Some(shown) = shown {
        fields.insert("registration_access_token".into(), shown.registration_token.expose().clone().into());
        if let Some(secret) = &shown.secret {
            fields.insert("client_secret".into(), secret.expose().clone().into());
            fields.insert("client_secret_expires_at".into(), 0.into());
        }
    }
    fields
}

pub(super) fn with_status(status: StatusCode, fields: Map<String, Value>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, Value::Object(fields).to_string()).into_response()
}
