//! Client authentication (RFC 6749 §2.3, §3.2.1; RFC 7523 §2.2). A client with a secret may send it by HTTP Basic or in
//! the body, whichever method it registered: clients do not keep to their registered method, and what matters is the
//! secret. A client with keys must send a signed assertion. A public client has no credentials.

use axum::http::{HeaderMap, HeaderValue, header};
use protocol::form::Form;
use protocol::server::grant_type::GrantType;
use protocol::server::token::{ClientCredentials, Reading};
use store::crypto::secrets::hash_secret;
use store::record::ClientKind;
use subtle::ConstantTimeEq as _;

use super::assertion;
use super::client::{Client, Purpose};
use super::directory::Clients;
use super::error::{AuthenticationError, Unauthenticated};
use crate::edge::Ctx;

/// A client of this tenant that has authenticated, or that is public and needs no authentication.
#[derive(Debug)]
pub struct AuthenticatedClient(Client);

impl AuthenticatedClient {
    /// The `client_id`.
    pub fn id(&self) -> &str {
        &self.0.record.client_id
    }

    /// Whether the client's `grant_types` include this one.
    pub fn allows(&self, grant_type: GrantType) -> bool {
        self.0.metadata.allows(grant_type)
    }

    /// Whether the client has credentials, with which it has authenticated.
    pub fn is_confidential(&self) -> bool {
        self.0.record.kind != ClientKind::Public
    }

    /// The client's name for people, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.0.metadata.client_name()
    }
}

impl Clients {
    /// Finds the client and verifies its credentials. Fails with `invalid_client` only if the client is unknown at this
    /// tenant, or its credentials are missing, malformed or wrong: clients discard all their credentials and tokens
    /// when they get this error. If the store fails, the response is 503.
    pub async fn authenticate(
        &self,
        ctx: &Ctx,
        headers: &HeaderMap,
        form: &Form,
    ) -> Result<AuthenticatedClient, AuthenticationError> {
        let authorization: Vec<&[u8]> =
            headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes).collect();
        let used_header = !authorization.is_empty();
        self.proven(ctx, &authorization, form)
            .await
            .map_err(|reason| AuthenticationError { reason, used_header })
    }

    async fn proven(
        &self,
        ctx: &Ctx,
        authorization: &[&[u8]],
        form: &Form,
    ) -> Result<AuthenticatedClient, Unauthenticated> {
        let credentials =
            ClientCredentials::read(authorization, form).map_err(Unauthenticated::Credentials)?;
        let purpose = purpose(ctx, form);
        let first = || credentials.readings.first().map(|reading| reading.client_id.clone());
        let mut refused = Unauthenticated::Unknown { client_id: first() };
        for reading in &credentials.readings {
            let found = self.find(ctx, &reading.client_id, purpose).await.map_err(Unauthenticated::Find)?;
            let Some(client) = found else { continue };
            refused = Unauthenticated::NotProven { client_id: first(), assertion: None };
            match &credentials.assertion {
                None if has_right_secret(&client, reading) => return Ok(AuthenticatedClient(client)),
                None => {}
                Some(_) if client.record.kind != ClientKind::KeyHolder => {}
                Some(assertion) => match assertion::prove(self, ctx, &client, assertion.expose()).await {
                    Ok(()) => return Ok(AuthenticatedClient(client)),
                    Err(reason @ Unauthenticated::NotProven { .. }) => refused = reason,
                    Err(reason) => return Err(reason),
                },
            }
        }
        Err(refused)
    }
}

/// Returns the purpose for which the client is looked up. No login precedes a token request with an assertion about a
/// user (RFC 7523 §2.1). So a client with a metadata document may be unknown until such a request, and its document is
/// fetched as for a login.
fn purpose(ctx: &Ctx, form: &Form) -> Purpose {
    let asserts = form.get("grant_type") == Some(GrantType::JwtBearer.name());
    if asserts && ctx.settings.enterprise_managed { Purpose::Login } else { Purpose::Grant }
}

/// Whether the credentials are right if the request has no assertion: a public client must send no secret, and a
/// confidential client must send its own.
fn has_right_secret(client: &Client, reading: &Reading) -> bool {
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
