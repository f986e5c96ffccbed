//! The error codes that clients get, from the registries of the OAuth specifications.

use core::fmt;
use serde::{Deserialize, Serialize};

/// Defines `OAuthError` from a table of errors, each with its code and its `error_description`. This description is
/// sent unless there is a more precise one.
macro_rules! oauth_errors {
    ($($(#[$source:meta])+ $variant:ident = $code:literal, $description:literal;)+) => {
        /// An OAuth error code, as clients get it. The exact reason of an error is only logged.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum OAuthError {
            $($(#[$source])+ $variant,)+
        }

        impl OAuthError {
            /// Every error.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The `error` code.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The `error_description` for the client's author: fixed text in the characters of RFC 6749 §5.2.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $description,)+
                }
            }
        }
    };
}

oauth_errors! {
    /// Defined in RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3.1.
    InvalidRequest = "invalid_request", "a parameter is missing, malformed, or given several times";
    /// Defined in RFC 6749 §5.2.
    InvalidClient = "invalid_client", "the client is unknown here, or did not prove that it is this client";
    /// Defined in RFC 6749 §5.2.
    InvalidGrant = "invalid_grant", "the code or refresh token is unknown, expired, used, revoked, or was issued to another client";
    /// Defined in RFC 6749 §4.1.2.1, §5.2.
    UnauthorizedClient = "unauthorized_client", "the client may not use this grant type";
    /// Defined in RFC 6749 §5.2.
    UnsupportedGrantType = "unsupported_grant_type", "this server does not serve the grant type; its metadata lists those that it serves (grant_types_supported)";
    /// Defined in RFC 6749 §4.1.2.1.
    UnsupportedResponseType = "unsupported_response_type", "the only response type served here is code";
    /// Defined in RFC 6749 §4.1.2.1, §5.2.
    InvalidScope = "invalid_scope", "none of the scopes asked for is granted";
    /// Defined in RFC 8707 §2.
    InvalidTarget = "invalid_target", "the resource is not one of this server";
    /// Defined in RFC 6749 §4.1.2.1.
    AccessDenied = "access_denied", "access was denied by the person or by the rules of this server";
    /// Defined in RFC 6749 §4.1.2.1.
    ServerError = "server_error", "the server could not complete the request; its log says why";
    /// Defined in RFC 6749 §4.1.2.1.
    TemporarilyUnavailable = "temporarily_unavailable", "the server cannot answer now; try again later";
    /// Defined in OpenID Connect Core §3.1.2.6.
    InteractionRequired = "interaction_required", "a page has to be shown to the person";
    /// Defined in OpenID Connect Core §3.1.2.6.
    LoginRequired = "login_required", "the person has to log in";
    /// Defined in RFC 7591 §3.2.2.
    InvalidRedirectUri = "invalid_redirect_uri", "a redirect URI is malformed or not accepted here";
    /// Defined in RFC 7591 §3.2.2.
    InvalidClientMetadata = "invalid_client_metadata", "a member of the client metadata is not acceptable";
    /// Defined in RFC 6750 §3.1.
    InvalidToken = "invalid_token", "the token is missing, malformed, expired or revoked";
    /// Defined in RFC 6750 §3.1.
    InsufficientScope = "insufficient_scope", "the token lacks a scope that this request needs";
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Whether a text may stand in `error_description` (RFC 6749 §5.2: `%x20-21 / %x23-5B / %x5D-7E`).
pub fn is_description(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_own_code_and_a_description_that_is_safe_to_send() {
        let mut codes: Vec<&str> = OAuthError::ALL.iter().map(|error| error.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), OAuthError::ALL.len());
        for error in OAuthError::ALL {
            assert_eq!(serde_json::to_value(error).unwrap(), error.code(), "the log and the wire agree");
            let text = error.description();
            assert!(!text.is_empty() && is_description(text), "{error}: {text}");
        }
    }
}
