//! Client authentication (RFC 6749 §2.3, §3.2.1; RFC 7523 §2.2). A client with a secret proves itself by it, whether it
//! comes by HTTP Basic or in the body: the secret is the proof, and clients do not keep to the way they registered. One
//! with keys does so by a signed assertion alone, and a public client has nothing to prove itself with.

use axum::http::{HeaderMap, HeaderValue, header};
use protocol::error::OAuthError;
use protocol::form::Form;
use protocol::server::token::{ClientCredentials, Reading, TokenRequestError};
use subtle::ConstantTimeEq as _;

use super::assertion;
use super::client::{Client, Purpose};
use super::directory::Clients;
use crate::crypto::secrets::hash_secret;
use crate::edge::Ctx;
use crate::store::record::ClientKind;
use crate::wire::Failure;

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

impl Clients {
    /// Finds the client and checks its credentials. Clients wipe everything they hold at `invalid_client`, so that
    /// word means exactly: unknown here, or not proven. A store that fails answers 503.
    pub async fn authenticate(
        &self,
        ctx: &Ctx,
        headers: &HeaderMap,
        form: &Form,
    ) -> Result<AuthenticatedClient, Failure> {
        let authorization: Vec<&[u8]> =
            headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes).collect();
        let used_header = !authorization.is_empty();
        let credentials = ClientCredentials::read(&authorization, form).map_err(|error| match error {
            TokenRequestError::TooLong(limit) => limit.into(),
            error => {
                let failure = Failure::oauth(error.code(), "client_credentials");
                challenged(failure.describe(error.to_string()).detail(error), used_header)
            }
        })?;
        let mut failure = Failure::oauth(OAuthError::InvalidClient, "client_unknown");
        for reading in &credentials.readings {
            let Some(client) = self.find(ctx, &reading.client_id, Purpose::Grant).await? else { continue };
            failure = Failure::oauth(OAuthError::InvalidClient, "client_not_proven");
            match &credentials.assertion {
                None if proven(&client, reading) => return Ok(AuthenticatedClient(client)),
                None => {}
                Some(_) if client.record.kind != ClientKind::KeyHolder => {}
                Some(assertion) => match assertion::prove(self, ctx, &client, assertion.expose()).await? {
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
}

/// RFC 6749 §5.2: who tried the header is told which scheme it takes.
fn challenged(failure: Failure, used_header: bool) -> Failure {
    if used_header && failure.oauth_error() == Some(OAuthError::InvalidClient) {
        failure.challenge("Basic")
    } else {
        failure
    }
}

/// Without an assertion: no secret from a public client, its own from a confidential one.
fn proven(client: &Client, reading: &Reading) -> bool {
    match (&client.record.kind, &reading.secret) {
        (ClientKind::Public, None) => true,
        (ClientKind::Confidential { secret: stored }, Some(given)) => {
            bool::from(hash_secret(given.expose()).ct_eq(stored))
        }
        (ClientKind::Public, Some(_))
        | (ClientKind::Confidential { .. }, None)
        | (ClientKind::KeyHolder, _) => false,
    }
}
