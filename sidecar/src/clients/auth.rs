//! Client authentication (RFC 6749 §2.3, §3.2.1; RFC 7523 §2.2): the method the client registered, and no
//! other.

use axum::http::{HeaderMap, header};
use protocol::error::OAuthError;
use protocol::form::Form;
use protocol::server::registration::AuthMethod;
use protocol::server::token::{ClientCredentials, Presented, Reading, TokenRequestError};
use subtle::ConstantTimeEq as _;

use super::{Client, Purpose, assertion, find};
use crate::app::App;
use crate::crypto::secrets::hash_secret;
use crate::http::headers::single;
use crate::http::{Ctx, Failure};
use crate::store::records::ClientKind;

/// A client of this tenant that has proven to be itself, as far as a client of its kind can.
#[derive(Debug)]
pub struct AuthenticatedClient(Client);

impl AuthenticatedClient {
    /// `client_id`.
    pub fn id(&self) -> &str {
        &self.0.record.client_id
    }

    /// Whether it gets refresh tokens.
    pub const fn wants_refresh(&self) -> bool {
        self.0.metadata.wants_refresh()
    }
}

/// Finds the client and checks its credentials. Clients wipe everything they hold at `invalid_client`, so that
/// word means exactly: unknown here, or not proven. A store that fails answers 503.
pub async fn authenticate(
    app: &App,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: &Form,
) -> Result<AuthenticatedClient, Failure> {
    let authorization = authorization(headers)?;
    let used_header = authorization.is_some();
    let credentials = ClientCredentials::read(authorization, form).map_err(|error| match error {
        TokenRequestError::TooLong(limit) => limit.into(),
        error => challenged(Failure::oauth(error.code(), "client_credentials").detail(error), used_header),
    })?;
    let mut failure = Failure::oauth(OAuthError::InvalidClient, "client_unknown");
    for reading in &credentials.readings {
        let Some(client) = find(app, ctx, &reading.client_id, Purpose::Grant).await? else { continue };
        failure = Failure::oauth(OAuthError::InvalidClient, "client_not_proven");
        match &credentials.assertion {
            None if proven(&client, reading, credentials.method) => return Ok(AuthenticatedClient(client)),
            None => {}
            Some(_) if client.record.kind != ClientKind::KeyHolder => {}
            Some(assertion) => match assertion::prove(app, ctx, &client, assertion.expose()).await? {
                Ok(()) => return Ok(AuthenticatedClient(client)),
                Err(error @ assertion::AssertionError::Keys(_)) => {
                    return Err(Failure::unavailable("client_keys", error).client(&reading.client_id));
                }
                Err(error) => failure = failure.detail(error),
            },
        }
    }
    if let Some(reading) = credentials.readings.first() {
        failure = failure.client(&reading.client_id);
    }
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

/// Without an assertion: nothing from a public client, its secret from a confidential one.
fn proven(client: &Client, reading: &Reading, method: Presented) -> bool {
    let secret = reading.secret.as_ref().filter(|secret| !secret.expose().is_empty());
    match (&client.record.kind, secret) {
        (ClientKind::Public, None) => true,
        (ClientKind::Confidential { secret: stored }, Some(given)) => {
            let registered = match client.metadata.auth_method() {
                AuthMethod::None => Presented::None,
                AuthMethod::Basic => Presented::Basic,
                AuthMethod::Post => Presented::Post,
                AuthMethod::PrivateKeyJwt => Presented::Assertion,
            };
            method == registered && bool::from(hash_secret(given.expose()).ct_eq(stored))
        }
        (ClientKind::Public, Some(_))
        | (ClientKind::Confidential { .. }, None)
        | (ClientKind::KeyHolder, _) => false,
    }
}
