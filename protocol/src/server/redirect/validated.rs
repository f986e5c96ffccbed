//! The proof that a redirect URI is the client's own.

use super::error::RedirectError;
use super::rules::RedirectRules;
use super::uri::RedirectUri;
use crate::error::OAuthError;
use crate::form::append_query;
use crate::uri::Base;

/// Proof that the client of a request has registered a redirect URI. Nothing is sent by redirect without it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValidatedRedirect(RedirectUri);

impl ValidatedRedirect {
    /// Chooses the requested URI, which the client must have registered. If none is requested, chooses the only
    /// registered one (RFC 6749 §3.1.2.3), unless that is a loopback address: only the request can name the port at
    /// which the client listens now.
    pub fn choose(
        registered: &[RedirectUri],
        requested: Option<&str>,
        rules: &RedirectRules,
    ) -> Result<Self, RedirectError> {
        let chosen = match (requested, registered) {
            (Some(requested), _) => {
                let requested = RedirectUri::parse(requested)?;
                if !registered.iter().any(|uri| requested.matches(uri)) {
                    // A URI that the rules do not allow was left out of the registration. Then the error is that of the
                    // rules.
                    rules.check(&requested)?;
                    return Err(RedirectError::Unregistered);
                }
                requested
            }
            (None, [only]) if !only.is_loopback() => only.clone(),
            (None, _) => return Err(RedirectError::Missing),
        };
        // The rules are checked again, because they may have changed since the registration.
        rules.check(&chosen).map(|()| Self(chosen))
    }

    /// The chosen URI.
    pub const fn uri(&self) -> &RedirectUri {
        &self.0
    }

    /// The redirect URI with the parameters of an error response to an authorization request (RFC 6749 §4.1.2.1, RFC
    /// 9207 §2).
    pub fn error(&self, issuer: &Base, error: OAuthError, description: &str, state: Option<&str>) -> String {
        let mut pairs = vec![("error", error.code()), ("error_description", description)];
        if let Some(state) = state {
            pairs.push(("state", state));
        }
        pairs.push(("iss", issuer.as_str()));
        append_query(self.0.as_str(), &pairs)
    }
}
