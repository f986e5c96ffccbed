//! Client registration (RFC 7591) at `/oauth/register`.
//!
//! Open, unless an initial access token is set. Public clients are idempotent: the same metadata at the same
//! tenant is the same client. Confidential ones are always new, and their secret is shown once.

mod manage;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use protocol::encoding::b64url_encode;
use protocol::error::OAuthError;
use protocol::secret::Secret;
use protocol::server::registration::{AuthMethod, CLIENT_ID_BYTES, ClientMetadata, RegistrationError};
use serde_json::{Map, Value};

use crate::budget::{Meter, Resource};
use crate::clients::{Clients, kind_without_secret};
use crate::clock::Clock;
use crate::crypto::secrets::{hash_secret, new_secret};
use crate::edge::Ctx;
use crate::entropy::{Entropy, random_bytes};
use crate::store::StoreHandle;
use crate::store::records::{ClientKind, ClientRecord, ClientSource};
use crate::wire::Failure;
use crate::wire::form::JsonBytes;
use crate::wire::headers::single;

/// Goes before a client secret, for secret scanners.
const SECRET_PREFIX: &str = "mcpbs_";
/// Goes before a registration access token, for secret scanners.
const REGISTRATION_TOKEN_PREFIX: &str = "mcpbg_";

/// What registering takes.
pub struct Deps {
    /// Where clients are stored.
    pub store: StoreHandle,
    /// When they registered.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub entropy: Arc<dyn Entropy>,
    /// A stored client is charged.
    pub meter: Meter,
    /// Which redirect URIs a client may have.
    pub clients: Arc<Clients>,
    /// What a client has to show before it may register; none: registration is open.
    pub initial_token: Option<Secret<String>>,
}

/// `/oauth/register`, and a registered client's own endpoint.
pub fn routes(deps: Deps) -> Router {
    Router::new()
        .route("/oauth/register", post(register))
        .route("/oauth/registered-client", get(manage::read).put(manage::update).delete(manage::remove))
        .with_state(Arc::new(deps))
}

/// `POST /oauth/register`
async fn register(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    body: Result<JsonBytes, Failure>,
) -> Result<Response, Failure> {
    permitted(&deps, &headers)?;
    let JsonBytes(body) = body?;
    let metadata =
        ClientMetadata::parse(&body, &deps.clients.redirect_rules(&ctx)).map_err(|error| refused(&error))?;
    // Who shows an initial access token is no stranger.
    if deps.initial_token.is_none() {
        deps.meter.charge(Resource::Registration, ctx.asker())?;
    }
    let New { record, shown } = new_client(&deps, &ctx, &metadata)?;
    let registered = deps.store.register_client(record, deps.clock.now()).await?;
    tracing::info!(
        tenant = ctx.tenant().key(),
        client = registered.record.client_id,
        created = registered.created,
        "client registered"
    );
    // The client reads what it sent: that it was registered before with another port of its loopback address must not
    // make it doubt the answer.
    let record = ClientRecord { metadata: metadata.to_json(), ..registered.record };
    Ok(with_status(StatusCode::CREATED, answer(&ctx, &record, shown.as_ref())))
}

/// Metadata that are not accepted; client and log read which member, and why.
fn refused(error: &RegistrationError) -> Failure {
    Failure::oauth(error.code(), "client_metadata").describe(error.to_string()).detail(error)
}

/// RFC 7591 §3: a bearer token may be demanded.
fn permitted(deps: &Deps, headers: &HeaderMap) -> Result<(), Failure> {
    let Some(wanted) = &deps.initial_token else { return Ok(()) };
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

/// A client to store, and what it is told once.
struct New {
    record: ClientRecord,
    shown: Option<ShownOnce>,
}

/// Secrets of a confidential client, which are kept as hashes.
pub(crate) struct ShownOnce {
    secret: Option<Secret<String>>,
    registration_token: Secret<String>,
}

fn new_client(deps: &Deps, ctx: &Ctx, metadata: &ClientMetadata) -> Result<New, Failure> {
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
        let new = new_secret(entropy, SECRET_PREFIX)?;
        record.kind = ClientKind::Confidential { secret: hash_secret(new.expose()) };
        secret = Some(new);
    }
    Ok(New { record, shown: Some(ShownOnce { secret, registration_token }) })
}

/// RFC 7591 §3.2.1, RFC 7592 §3.
fn answer(ctx: &Ctx, record: &ClientRecord, shown: Option<&ShownOnce>) -> Map<String, Value> {
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

fn with_status(status: StatusCode, fields: Map<String, Value>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, Value::Object(fields).to_string()).into_response()
}
