//! Client registration (RFC 7591) at `/oauth/register`.
//!
//! Open, unless an initial access token is set. Public clients are idempotent: the same metadata at the same
//! tenant is the same client. Confidential ones are always new, and their secret is shown once.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::error::OAuthError;
use protocol::secret::Secret;
use protocol::server::registration::{AuthMethod, ClientMetadata};
use serde_json::Value;

use crate::app::App;
use crate::crypto::secrets::{hash_secret, new_secret};
use crate::http::form::JsonBytes;
use crate::http::headers::single;
use crate::http::{Ctx, Failure};
use crate::store::records::{ClientKind, ClientRecord, ClientSource};

/// Goes before the id of a confidential client.
const CONFIDENTIAL_ID_PREFIX: &str = "mcpb-c-";
/// Goes before a client secret, for secret scanners.
const SECRET_PREFIX: &str = "mcpbs_";

/// `POST /oauth/register`
pub async fn register(
    State(app): State<Arc<App>>,
    ctx: Ctx,
    headers: HeaderMap,
    body: Result<JsonBytes, Failure>,
) -> Result<Response, Failure> {
    permitted(&app, &headers)?;
    let JsonBytes(body) = body?;
    let metadata = ClientMetadata::parse(&body)
        .map_err(|error| Failure::oauth(error.code(), "client_metadata").detail(error))?;
    let (record, secret) = new_client(&app, &ctx, &metadata)?;
    let registered = app.store.register_client(record, app.clock.now()).await?;
    tracing::info!(
        tenant = ctx.tenant().key(),
        client = registered.record.client_id,
        created = registered.created,
        "client registered"
    );
    Ok(answer(&registered.record, secret.as_ref()))
}

/// RFC 7591 §3: a bearer token may be demanded.
fn permitted(app: &App, headers: &HeaderMap) -> Result<(), Failure> {
    let Some(wanted) = &app.config.dcr_initial_token else { return Ok(()) };
    let given = single(headers, &header::AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| Secret::new(token.trim().to_owned()));
    if given.as_ref() == Some(wanted) {
        return Ok(());
    }
    Err(Failure::oauth(OAuthError::InvalidToken, "initial_token")
        .describe("registration needs an initial access token")
        .challenge("Bearer"))
}

fn new_client(
    app: &App,
    ctx: &Ctx,
    metadata: &ClientMetadata,
) -> Result<(ClientRecord, Option<Secret<String>>), Failure> {
    let tenant = ctx.tenant();
    let now = app.clock.now();
    let entropy = &*app.entropy;
    let (client_id, kind, secret) = match metadata.auth_method() {
        AuthMethod::None => (metadata.public_client_id(&tenant), ClientKind::Public, None),
        AuthMethod::Basic | AuthMethod::Post => {
            let id = new_secret(entropy, CONFIDENTIAL_ID_PREFIX)?;
            let secret = new_secret(entropy, SECRET_PREFIX)?;
            let kind = ClientKind::Confidential { secret: hash_secret(secret.expose()) };
            (id.expose().clone(), kind, Some(secret))
        }
    };
    let record = ClientRecord {
        tenant,
        client_id,
        metadata: metadata.to_json(),
        kind,
        source: ClientSource::Registered,
        registration_token: None,
        issued_at: now,
        last_used: now,
        approved_at: None,
    };
    Ok((record, secret))
}

/// RFC 7591 §3.2.1.
fn answer(record: &ClientRecord, secret: Option<&Secret<String>>) -> Response {
    let mut fields = record.metadata.as_object().cloned().unwrap_or_default();
    fields.insert("client_id".into(), record.client_id.clone().into());
    fields.insert("client_id_issued_at".into(), record.issued_at.as_secs().into());
    if let Some(secret) = secret {
        fields.insert("client_secret".into(), secret.expose().clone().into());
        fields.insert("client_secret_expires_at".into(), 0.into());
    }
    let body = Value::Object(fields).to_string();
    (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
