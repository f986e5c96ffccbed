//! `POST /oauth/register` (RFC 7591).

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use events::{Field, Kind};
use protocol::encoding::b64url_encode;
use protocol::secret::Secret;
use protocol::server::registration::{AuthMethod, CLIENT_ID_BYTES, ClientMetadata};
use store::Registered;
use store::crypto::secrets::{CLIENT_SECRET_PREFIX, hash_secret, new_secret};
use store::entropy::{EntropyError, random_bytes};
use store::intent::clients::RegisterClient;
use store::record::{ClientKind, ClientRecord, ClientSource};

use super::deps::Deps;
use super::error::RegistrationError;
use super::response::{ShownOnce, fields, with_status};
use crate::budget::Resource;
use crate::clients::kind_without_secret;
use crate::edge::Ctx;
use crate::wire::Failure;
use crate::wire::form::JsonBytes;
use crate::wire::headers::single;

/// The prefix of registration access tokens, by which secret scanners find them.
const REGISTRATION_TOKEN_PREFIX: &str = "mcpbg_";

/// Handles `POST /oauth/register`.
pub(super) async fn register(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    body: Result<JsonBytes, Failure>,
) -> Result<Response, Failure> {
    Ok(registered(&deps, &ctx, &headers, body).await?)
}

async fn registered(
    deps: &Deps,
    ctx: &Ctx,
    headers: &HeaderMap,
    body: Result<JsonBytes, Failure>,
) -> Result<Response, RegistrationError> {
    permitted(deps, headers)?;
    let JsonBytes(body) = body.map_err(|failure| RegistrationError::Body(Box::new(failure)))?;
    let metadata = ClientMetadata::parse(&body, &deps.clients.redirect_rules(ctx))
        .map_err(|error| RegistrationError::Metadata { error, client_id: None })?;
    // A request with the initial access token is not charged.
    if deps.initial_token.is_none() {
        deps.meter.charge(Resource::Registration, ctx.asker())?;
    }
    let New { record, shown } = new_client(deps, ctx, &metadata)?;
    let event = ctx.event(Kind::ClientRegistered);
    let register = RegisterClient { record, now: deps.clock.now() };
    let events = move |registered: &Registered| {
        vec![event.clone().client(&registered.record.client_id).with(Field::Created, registered.created)]
    };
    let registered = deps.journal.write(register, events).await?;
    // Return the metadata that the client sent. An earlier registration of the same client may differ in the port of
    // its loopback redirect URI, and the client might reject a response that does not match its request.
    let record = ClientRecord { metadata: metadata.to_json(), ..registered.record };
    Ok(with_status(StatusCode::CREATED, fields(ctx, &record, shown.as_ref())))
}

/// Checks the initial access token, if the operator requires one (RFC 7591 §3).
fn permitted(deps: &Deps, headers: &HeaderMap) -> Result<(), RegistrationError> {
    let Some(wanted) = &deps.initial_token else { return Ok(()) };
    let given = single(headers, &header::AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| Secret::new(token.trim().to_owned()));
    if given.as_ref() == Some(wanted) {
        return Ok(());
    }
    Err(RegistrationError::InitialToken)
}

/// A client to store, and its secrets, which are returned only once; `None` for a public client.
struct New {
    record: ClientRecord,
    shown: Option<ShownOnce>,
}

fn new_client(deps: &Deps, ctx: &Ctx, metadata: &ClientMetadata) -> Result<New, EntropyError> {
    let tenant = ctx.tenant();
    let now = deps.clock.now();
    let entropy = &*deps.entropy;
    let method = metadata.auth_method();
    let mut record = ClientRecord {
        client_id: metadata.public_client_id(&tenant),
        tenant,
        metadata: metadata.to_json(),
        kind: kind_without_secret(method),
        source: ClientSource::Registered,
        registration_token: None,
        issued_at: now,
        last_used: now,
        approved_at: None,
    };
    if method == AuthMethod::None {
        return Ok(New { record, shown: None });
    }
    record.client_id = b64url_encode(&random_bytes::<CLIENT_ID_BYTES>(entropy)?);
    let registration_token = new_secret(entropy, REGISTRATION_TOKEN_PREFIX)?;
    record.registration_token = Some(hash_secret(registration_token.expose()));
    let mut secret = None;
    if matches!(method, AuthMethod::Basic | AuthMethod::Post) {
        let new = new_secret(entropy, CLIENT_SECRET_PREFIX)?;
        record.kind = ClientKind::Confidential { secret: hash_secret(new.expose()) };
        secret = Some(new);
    }
    Ok(New { record, shown: Some(ShownOnce { secret, registration_token }) })
}
