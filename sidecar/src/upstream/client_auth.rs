//! Authenticates the sidecar at a provider's token endpoint (RFC 6749 §2.3.1): by the method that the option
//! `clientAuthMethod` names, otherwise by the method that the provider turns out to accept.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use protocol::form;
use protocol::secret::Secret;

use super::auth_method::ClientAuthMethod;
use super::documents::Metadata;
use super::error::UpstreamError;
use super::http::Credentials;
use super::registration::Registration;

/// The maximum number of clients whose method is remembered. There are few tenants, so the limit only bounds the
/// memory.
const REMEMBERED: usize = 512;

/// The methods that providers accepted although their metadata suggested the other one, by provider and client.
#[derive(Debug, Default)]
pub(super) struct AuthMethods(Mutex<HashMap<(String, String), ClientAuthMethod>>);

impl AuthMethods {
    /// Returns the method to try first.
    pub(super) fn first(&self, at: &Registration, metadata: &Metadata) -> ClientAuthMethod {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key(at)).copied();
        let offered = if metadata.secret_in_body { ClientAuthMethod::Post } else { ClientAuthMethod::Basic };
        at.auth_method.or(known).unwrap_or(offered)
    }

    /// Remembers that the provider accepted this method after it had refused the other one.
    pub(super) fn remember(&self, at: &Registration, method: ClientAuthMethod) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED && !known.contains_key(&key(at)) {
            known.clear();
        }
        known.insert(key(at), method);
    }
}

/// Fails if the provider's token endpoint supports none of the authentication methods that this server supports.
pub(super) fn takes_our_secret(at: &Registration, metadata: &Metadata) -> Result<(), UpstreamError> {
    if at.client_secret.is_some() && at.auth_method.is_none() && !metadata.takes_secret {
        return Err(UpstreamError::Misconfigured(
            "the provider's token endpoint supports neither client_secret_basic nor client_secret_post \
             (token_endpoint_auth_methods_supported), and private_key_jwt and client certificates are not \
             supported: allow one of the first two for this client at the provider, or make it a public client and remove \
             clientSecret"
                .to_owned(),
        ));
    }
    Ok(())
}

fn key(at: &Registration) -> (String, String) {
    (at.address_key(), at.client_id.clone())
}

/// Returns the credentials for the `Authorization` header. If the method puts credentials into the body instead, adds
/// them to the form. A public client sends only its `client_id`.
pub(super) fn present<'a>(
    at: &'a Registration,
    method: ClientAuthMethod,
    fields: &mut Vec<(&'a str, &'a str)>,
) -> Credentials {
    match (&at.client_secret, method) {
        // Credentials in HTTP Basic are form-encoded first (RFC 6749 §2.3.1).
        (Some(secret), ClientAuthMethod::Basic) => {
            Credentials::Basic(form::encode(&at.client_id), Secret::new(form::encode(secret.expose())))
        }
        (Some(secret), ClientAuthMethod::Post) => {
            fields.push(("client_id", &at.client_id));
            fields.push(("client_secret", secret.expose()));
            Credentials::None
        }
        (None, _) => {
            fields.push(("client_id", &at.client_id));
            Credentials::None
        }
    }
}
