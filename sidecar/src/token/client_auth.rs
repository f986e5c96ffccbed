//! Client authentication (RFC 6749 §2.3, §3.2.1): the method the client registered, and no other.

use axum::http::{HeaderMap, header};
use protocol::error::OAuthError;
use protocol::form::Form;
use protocol::server::registration::{AuthMethod, ClientMetadata};
use protocol::server::token::{ClientCredentials, Presented, Reading};
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::crypto::secrets::hash_secret;
use crate::http::headers::single;
use crate::http::{Ctx, Failure};
use crate::store::records::{ClientKind, ClientRecord};

/// A client of this tenant that has proven to be itself, as far as a client of its kind can.
#[derive(Debug)]
pub(super) struct AuthenticatedClient {
    record: ClientRecord,
    metadata: ClientMetadata,
}

impl AuthenticatedClient {
    /// `client_id`.
    pub(super) fn id(&self) -> &str {
        &self.record.client_id
    }

    /// Whether it gets refresh tokens.
    pub(super) const fn wants_refresh(&self) -> bool {
        self.metadata.wants_refresh()
    }
}

/// Finds the client and checks its credentials. Clients wipe everything they hold at `invalid_client`, so that
/// word means exactly: unknown here, or not proven. A store that fails answers 503.
pub(super) async fn authenticate(
    app: &App,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: &Form,
) -> Result<AuthenticatedClient, Failure> {
    let authorization = authorization(headers)?;
    let used_header = authorization.is_some();
    let credentials = ClientCredentials::read(authorization, form).map_err(|error| {
        challenged(Failure::oauth(error.code(), "client_credentials").detail(error), used_header)
    })?;
    let mut reason = "client_unknown";
    for reading in &credentials.readings {
        let Some(record) = app.store.client(&ctx.tenant(), &reading.client_id).await? else { continue };
        let metadata = ClientMetadata::from_stored(&record.metadata)
            .map_err(|error| Failure::unavailable("client_record", error).client(&record.client_id))?;
        if proven(&record, &metadata, reading, credentials.method) {
            return Ok(AuthenticatedClient { record, metadata });
        }
        reason = "client_not_proven";
    }
    let failure = Failure::oauth(OAuthError::InvalidClient, reason);
    let failure = match credentials.readings.first() {
        Some(reading) => failure.client(&reading.client_id),
        None => failure,
    };
    Err(challenged(failure, used_header))
}

/// The header, if there is exactly one.
fn authorization(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    if !headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    single(headers, &header::AUTHORIZATION)
        .map(Some)
        .ok_or_else(|| Failure::oauth(OAuthError::InvalidRequest, "authorization_header"))
}

/// RFC 6749 §5.2: who tried the header is told which scheme it takes.
fn challenged(failure: Failure, used_header: bool) -> Failure {
    if used_header && failure.oauth_error() == Some(OAuthError::InvalidClient) {
        failure.challenge("Basic")
    } else {
        failure
    }
}

fn proven(record: &ClientRecord, metadata: &ClientMetadata, reading: &Reading, method: Presented) -> bool {
    let secret = reading.secret.as_ref().filter(|secret| !secret.expose().is_empty());
    match (&record.kind, secret) {
        (ClientKind::Public, None) => true,
        (ClientKind::Confidential { secret: stored }, Some(given)) => {
            let registered = match metadata.auth_method() {
                AuthMethod::None => Presented::None,
                AuthMethod::Basic => Presented::Basic,
                AuthMethod::Post => Presented::Post,
            };
            method == registered && bool::from(hash_secret(given.expose()).ct_eq(stored))
        }
        (ClientKind::Public, Some(_))
        | (ClientKind::Confidential { .. }, None)
        | (ClientKind::KeyHolder, _) => false,
    }
}
