//! Why a registration is refused.

use crate::error::OAuthError;
use crate::limits::TooLong;
use crate::server::redirect::RedirectError;

/// What is wrong with a member that is only stored and returned.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FieldProblem {
    /// The member is not a string, or not the list or object that it must be.
    #[error("has the wrong type")]
    Type,
    /// The member holds a line break or another control character.
    #[error("holds control characters")]
    Characters,
    /// The member is not an http or https address, so no page may show it as a link.
    #[error("is not an http or https address")]
    Link,
}

/// Why a registration is refused. The text names the member and is safe to send.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RegistrationError {
    /// The body is not a JSON object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// A member is too long or has too many values, or all members together are too large.
    #[error("{0}")]
    TooLong(#[from] TooLong),
    /// `redirect_uris` is absent, empty, or not a list of strings.
    #[error("redirect_uris must be a list of 1 to 32 strings")]
    NoRedirects,
    /// None of the redirect URIs is accepted, or one is malformed, ambiguous or of a scheme that is never accepted.
    #[error("redirect_uris: {0}")]
    Redirect(RedirectError),
    /// The query of a redirect URI holds a parameter that the response adds to it.
    #[error("redirect_uris must not hold code, state, iss, error or error_description in a query")]
    RedirectQuery,
    /// `token_endpoint_auth_method` is not supported.
    #[error(
        "token_endpoint_auth_method must be none, client_secret_basic, client_secret_post or private_key_jwt"
    )]
    AuthMethod,
    /// The method is `private_key_jwt`, but not exactly one of `jwks` and `jwks_uri` is given, or it is not usable.
    #[error("private_key_jwt needs either jwks with at least one key, or an https jwks_uri")]
    Keys,
    /// `application_type` is neither `native` nor `web`.
    #[error("application_type must be native or web")]
    ApplicationType,
    /// The `client_id` of a client document is not the document's address, or an update names another `client_id` than
    /// that of the registration.
    #[error("client_id is not the address of the document, or not that of this registration")]
    OtherId,
    /// A client document has a shared secret, although everybody can read it.
    #[error("a client document must not hold client_secret, or a token_endpoint_auth_method that needs one")]
    SharedSecret,
    /// A client document has no name.
    #[error("client_name is missing")]
    NoName,
    /// `grant_types` lacks `authorization_code`, or is not a list of strings.
    #[error("grant_types must hold authorization_code")]
    GrantTypes,
    /// `response_types` lacks `code`, or is not a list of strings.
    #[error("response_types must hold code")]
    ResponseTypes,
    /// The metadata hold a software statement, which is not accepted.
    #[error("software_statement is not accepted here")]
    SoftwareStatement,
    /// A member that is only stored and returned, and what is wrong with it.
    #[error("{0} {1}")]
    Field(&'static str, FieldProblem),
}

impl RegistrationError {
    /// The error code of RFC 7591 §3.2.2.
    pub const fn code(&self) -> OAuthError {
        match self {
            Self::NoRedirects | Self::Redirect(_) | Self::RedirectQuery => OAuthError::InvalidRedirectUri,
            Self::NotAnObject
            | Self::TooLong(_)
            | Self::AuthMethod
            | Self::Keys
            | Self::ApplicationType
            | Self::OtherId
            | Self::SharedSecret
            | Self::NoName
            | Self::GrantTypes
            | Self::ResponseTypes
            | Self::SoftwareStatement
            | Self::Field(..) => OAuthError::InvalidClientMetadata,
        }
    }
}
