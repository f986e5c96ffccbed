//! The proof that a redirect URI is the client's own.

use super::error::RedirectError;
use super::rules::RedirectRules;
use super::uri::RedirectUri;
use crate::error::OAuthError;
use crate::form::append_query;
use crate::uri::Base;

/// A redirect URI that the client at hand registered. Nothing is sent by redirect without one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValidatedRedirect(RedirectUri);

impl ValidatedRedirect {
    /// The asked URI if the client registered it; with none asked, the only one registered
    /// (RFC 6749 §3.1.2.3), unless that is a loopback address: the port at which the client listens now is only known
    /// from the request.
    pub fn choose(
        registered: &[RedirectUri],
        asked: Option<&str>,
        rules: &RedirectRules,
    ) -> Result<Self, RedirectError> {
        let chosen = match (asked, registered) {
            (Some(asked), _) => {
                let asked = RedirectUri::parse(asked)?;
                if !registered.iter().any(|uri| uri.admits(&asked)) {
                    // What the rules do not accept was left out of the registration, so they are the reason.
                    rules.check(&asked)?;
                    return Err(RedirectError::Unregistered);
                }
                asked
            }
            (None, [only]) if !only.is_loopback() => only.clone(),
            (None, _) => return Err(RedirectError::Missing),
        };
        // Again: the rules may have changed since it was registered.
        rules.check(&chosen).map(|()| Self(chosen))
    }

    /// The URI.
    pub const fn uri(&self) -> &RedirectUri {
        &self.0
    }

    /// The answer to an authorization request that failed (RFC 6749 §4.1.2.1, RFC 9207 §2).
    pub fn error(&self, base: &Base, error: OAuthError, description: &str, state: Option<&str>) -> String {
        let mut pairs = vec![("error", error.code()), ("error_description", description)];
        if let Some(state) = state {
            pairs.push(("state", state));
        }
        pairs.push(("iss", base.as_str()));
        append_query(self.0.as_str(), &pairs)
    }
}
