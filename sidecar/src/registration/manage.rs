//! Client configuration (RFC 7592) at `/oauth/register/{client_id}`: a client with credentials reads, updates and
//! deletes its own registration with the registration access token that was issued to it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use events::{Field, Kind};
use protocol::context::Endpoint;
use protocol::resource::bearer::{self, Credentials};
use protocol::server::registration::{AuthMethod, ClientMetadata, RegistrationError as MetadataError};
use serde_json::Value;
use store::crypto::secrets::hash_secret;
use store::intent::clients::{FindClient, PutClient, RemoveClient};
use store::record::{ClientKind, ClientRecord};
use subtle::ConstantTimeEq as _;

use super::deps::Deps;
use super::error::RegistrationError;
use super::response::{fields, with_status};
use crate::clients::names;
use crate::edge::Ctx;
use crate::wire::Failure;
use crate::wire::form::JsonBytes;

/// `GET`: returns the registered metadata (RFC 7592 §2.1). The secret is stored only as a hash, so it is not returned.
pub(super) async fn read(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let record = own(&deps, &ctx, &headers).await?;
    Ok(with_status(StatusCode::OK, fields(&ctx, &record, None)))
}

/// `PUT`: replaces the metadata (RFC 7592 §2.2). Revokes the grants whose redirect URI is no longer registered.
pub(super) async fn update(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    body: Result<JsonBytes, Failure>,
) -> Result<Response, Failure> {
    Ok(updated(&deps, &ctx, &headers, body).await?)
}

async fn updated(
    deps: &Deps,
    ctx: &Ctx,
    headers: &HeaderMap,
    body: Result<JsonBytes, Failure>,
) -> Result<Response, RegistrationError> {
    let record = own(deps, ctx, headers).await?;
    let JsonBytes(body) = body.map_err(|failure| RegistrationError::Body(Box::new(failure)))?;
    let refused = |error| RegistrationError::Metadata { error, client_id: Some(record.client_id.clone()) };
    let metadata = ClientMetadata::parse(&body, &deps.clients.redirect_rules(ctx)).map_err(refused)?;
    let sent: Value = serde_json::from_slice(&body).map_err(|_| refused(MetadataError::NotAnObject))?;
    if sent.get("client_id").and_then(Value::as_str) != Some(&record.client_id) {
        return Err(refused(MetadataError::OtherId));
    }
    let secret_is_wrong = match (sent.get("client_secret"), &record.kind) {
        (None | Some(Value::Null), _) => false,
        (Some(Value::String(given)), _) if given.is_empty() => false,
        (Some(Value::String(given)), ClientKind::Confidential { secret }) => {
            !bool::from(hash_secret(given).ct_eq(secret))
        }
        (Some(_), _) => true,
    };
    // A client with another kind of credentials would be a different client.
    let same_kind = match record.kind {
        ClientKind::Public => metadata.auth_method() == AuthMethod::None,
        ClientKind::Confidential { .. } => {
            matches!(metadata.auth_method(), AuthMethod::Basic | AuthMethod::Post)
        }
        ClientKind::KeyHolder => metadata.auth_method() == AuthMethod::PrivateKeyJwt,
    };
    if secret_is_wrong || !same_kind {
        return Err(refused(MetadataError::AuthMethod));
    }
    let record = ClientRecord { metadata: metadata.to_json(), ..record };
    let still_named = move |uri: &str| names(&metadata, uri);
    let event = ctx.event(Kind::ClientUpdated).client(&record.client_id);
    let put = PutClient { record: record.clone(), still_named: Arc::new(still_named), now: deps.clock.now() };
    deps.journal.write(put, move |ended| vec![event.clone().with(Field::Grants, *ended)]).await?;
    Ok(with_status(StatusCode::OK, fields(ctx, &record, None)))
}

/// `DELETE`: deletes the client and revokes its grants (RFC 7592 §2.3).
pub(super) async fn remove(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let record = own(&deps, &ctx, &headers).await?;
    let event = ctx.event(Kind::ClientDeleted).client(&record.client_id);
    let remove = RemoveClient { tenant: ctx.tenant(), client_id: record.client_id, now: deps.clock.now() };
    deps.journal.write(remove, move |_| vec![event.clone()]).await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response())
}

/// Returns the client in the path. Fails unless the request carries the registration access token of this client. An
/// unknown client gets the same response as a wrong token, so that client ids cannot be probed (RFC 7592 §3).
async fn own(deps: &Deps, ctx: &Ctx, headers: &HeaderMap) -> Result<ClientRecord, RegistrationError> {
    let refused = |client_id| RegistrationError::RegistrationToken { client_id };
    let Endpoint::RegisteredClient { client_id } = &ctx.endpoint else { return Err(refused(None)) };
    let values: Vec<Vec<u8>> =
        headers.get_all(header::AUTHORIZATION).iter().map(|value| value.as_bytes().to_vec()).collect();
    let Ok(Credentials::Bearer(token)) = bearer::parse(&values) else { return Err(refused(None)) };
    let record =
        deps.store.read(FindClient { tenant: ctx.tenant(), client_id: client_id.to_owned() }).await?;
    let given = hash_secret(token.expose());
    let is_own = |record: &ClientRecord| {
        record.registration_token.is_some_and(|stored| bool::from(stored.ct_eq(&given)))
    };
    record.filter(is_own).ok_or_else(|| refused(Some(client_id.to_owned())))
}
