//! The way back to the client.

use protocol::error::OAuthError;
use protocol::form::append_query;
use protocol::secret::Secret;
use protocol::server::redirect::ValidatedRedirect;
use protocol::uri::Base;
use store::record::LoginRecord;

/// An authorization response (RFC 6749 §4.1.2, RFC 9207 §2): the address that takes the browser back to the client.
///
/// It is made from a redirect URI that was validated for the client, and from nothing else: the one of the request at
/// hand, or the one that the login keeps since it began.
#[derive(Debug)]
pub(super) struct ClientRedirect(String);

impl ClientRedirect {
    /// The response to a request that begins no login.
    pub(super) fn refusal(
        redirect: &ValidatedRedirect,
        issuer: &Base,
        error: OAuthError,
        description: &str,
        state: Option<&str>,
    ) -> Self {
        Self(redirect.error(issuer, error, description, state))
    }

    /// A code (RFC 6749 §4.1.2).
    pub(super) fn success(login: &LoginRecord, issuer: &Base, code: &Secret<String>) -> Self {
        Self::of(login, issuer, &[("code", code.expose())])
    }

    /// An error (RFC 6749 §4.1.2.1).
    pub(super) fn error(login: &LoginRecord, issuer: &Base, error: OAuthError) -> Self {
        Self::of(login, issuer, &[("error", error.code()), ("error_description", error.description())])
    }

    fn of(login: &LoginRecord, issuer: &Base, result: &[(&str, &str)]) -> Self {
        let mut pairs = result.to_vec();
        if let Some(state) = &login.state {
            pairs.push(("state", state));
        }
        pairs.push(("iss", issuer.as_str()));
        Self(append_query(&login.redirect_uri, &pairs))
    }

    /// The address.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
