//! The redirect back to the client.

use protocol::error::OAuthError;
use protocol::form::append_query;
use protocol::secret::Secret;
use protocol::server::redirect::ValidatedRedirect;
use protocol::uri::Base;
use store::record::{ClientRequest, CodeRecord};

/// An authorization response (RFC 6749 §4.1.2, RFC 9207 §2): the URL that takes the browser back to the client.
///
/// It can only be made from a redirect URI that was validated for the client: that of the current request, or that of
/// an earlier request, which is stored with the login or the code.
#[derive(Debug)]
pub(super) struct ClientRedirect(String);

impl ClientRedirect {
    /// Makes the response with an error to a request that starts no login.
    pub(super) fn refusal(
        redirect: &ValidatedRedirect,
        issuer: &Base,
        error: OAuthError,
        description: &str,
        state: Option<&str>,
    ) -> Self {
        Self(redirect.error(issuer, error, description, state))
    }

    /// Makes the response with a code (RFC 6749 §4.1.2).
    pub(super) fn success(request: &ClientRequest, issuer: &Base, code: &Secret<String>) -> Self {
        Self::of(&request.redirect_uri, request.state.as_deref(), issuer, &[("code", code.expose())])
    }

    /// Makes the response with a code that was issued before.
    pub(super) fn repeated(record: &CodeRecord, issuer: &Base, code: &Secret<String>) -> Self {
        Self::of(&record.redirect_uri, record.state.as_deref(), issuer, &[("code", code.expose())])
    }

    /// Makes the response with an error that ends a login (RFC 6749 §4.1.2.1).
    pub(super) fn error(request: &ClientRequest, issuer: &Base, error: OAuthError) -> Self {
        let result = [("error", error.code()), ("error_description", error.description())];
        Self::of(&request.redirect_uri, request.state.as_deref(), issuer, &result)
    }

    fn of(redirect_uri: &str, state: Option<&str>, issuer: &Base, result: &[(&str, &str)]) -> Self {
        let mut pairs = result.to_vec();
        pairs.extend(state.map(|state| ("state", state)));
        pairs.push(("iss", issuer.as_str()));
        Self(append_query(redirect_uri, &pairs))
    }

    /// Returns the URL.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
