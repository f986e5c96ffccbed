//! Why no token is issued, and what the client and the log are told.

use events::Reason;
use protocol::error::OAuthError;
use protocol::server::fitting::TokenTooLong;
use protocol::server::id_jag::IdJagError;
use protocol::server::pkce::PkceError;
use protocol::server::redirect::RedirectUri;
use protocol::server::resource::ResourceError;
use protocol::server::token::TokenRequestError;
use protocol::settings::Refusal;
use store::StoreError;
use store::crypto::SealError;
use store::entropy::EntropyError;
use store::limits::ENDED_PER_USER;
use store::record::GrantId;

use crate::keys::KeyError;
use crate::upstream::{AssertionError, UpstreamError};
use crate::users::NoLongerAllowed;
use crate::wire::error::{Failure, Kind};

/// The `Retry-After` value for a client whose user ended too many grants, in seconds.
const RETRY_SECS: u64 = 600;

/// Why no token is issued.
#[derive(Debug)]
pub(super) enum TokenError {
    /// The request is malformed.
    Request(TokenRequestError),
    /// The code, the refresh token or the assertion is not valid (`invalid_grant`).
    Grant(GrantError),
    /// The grant does not cover the requested `resource` (RFC 8707 §2.2).
    Resource(ResourceError),
    /// The client may not use this grant type (RFC 6749 §5.2).
    GrantType,
    /// The MCP server must get the provider's token of a user (`upstreamToken`), but with this grant type no user has
    /// logged in at the provider.
    NoUpstreamToken,
    /// The tenant does not accept assertions of its provider (`enterpriseManaged` is off).
    AssertionsOff,
    /// None of the scopes requested at a refresh is granted (RFC 6749 §6).
    Scope,
    /// None of the requested scopes is one that the client may get with its own credentials.
    ScopeOfClient,
    /// None of the requested scopes is one that the provider allows and the user is entitled to.
    ScopeOfAssertion,
    /// The user has ended too many grants whose access tokens have not expired yet.
    TooManyGrants {
        /// The user.
        sub: String,
    },
    /// The access token would exceed the size that the plugin accepts, even without optional claims.
    TooLong(TokenTooLong),
    /// No token can be issued now (503). The client may retry.
    Unavailable(Unavailable),
    /// The store or the entropy source failed.
    Below(Box<Failure>),
}

/// Why a code, a refresh token or an assertion is refused. The client gets `invalid_grant`, the log the reason.
#[derive(Debug)]
pub(super) enum GrantError {
    /// The code is unknown at this tenant, or has expired.
    CodeUnknown,
    /// The code was issued to another client.
    CodeWrongClient,
    /// The code was sent to another redirect URI (RFC 6749 §4.1.3).
    CodeRedirectUri {
        /// The redirect URI in the token request, shortened for the log.
        asked: String,
        /// The redirect URI that the code was sent to.
        sent_to: String,
    },
    /// The verifier does not match (RFC 7636 §4.6).
    CodePkce(PkceError),
    /// The code was redeemed before; the grant issued for it is now revoked (RFC 6749 §4.1.2).
    CodeReused(GrantId),
    /// The refresh token is unknown at this tenant, has expired, or its grant no longer exists.
    RefreshUnknown,
    /// The refresh token was issued to another client.
    RefreshWrongClient,
    /// The refresh token was used before; its grant is now revoked (RFC 9700 §4.14.2).
    RefreshReused(GrantId),
    /// The assertion is not valid.
    Assertion(AssertionError),
    /// The assertion was used before.
    AssertionUsed,
    /// The tenant's rules do not, or no longer, allow the user.
    UserRefused(String),
    /// The users file no longer allows the user.
    UserGone(NoLongerAllowed),
    /// The provider no longer confirms the user.
    UpstreamRefused(UpstreamError),
    /// The provider must be asked at each refresh, but the grant has no refresh token of the provider.
    UpstreamRefreshMissing,
    /// The MCP server must get the provider's access token (`upstreamToken`), but there is none that has not expired,
    /// and the provider issued no refresh token with which another one could be requested.
    UpstreamTokenEnded,
}

/// Why a token cannot be issued now.
#[derive(Debug)]
pub(super) enum Unavailable {
    /// There is no signing key.
    SigningKey(KeyError),
    /// The successor of a refresh token cannot be encrypted.
    SealSuccessor(SealError),
    /// The successor of a refresh token cannot be decrypted.
    OpenSuccessor(SealError),
    /// The provider's refresh token cannot be decrypted, or not encrypted again.
    OpenUpstreamRefresh(SealError),
    /// The provider's access token cannot be decrypted.
    OpenUpstreamToken(SealError),
    /// The provider's access token has expired, and the provider does not issue another one now.
    UpstreamTokenEnded,
    /// The provider's new tokens cannot be encrypted.
    SealUpstreamRefresh(SealError),
    /// The provider's new tokens cannot be stored.
    StoreUpstreamRefresh(StoreError),
    /// Another sidecar has been asking the provider about this grant for too long.
    UpstreamTurn,
    /// The task that asked the provider panicked or was cancelled.
    UpstreamTask(tokio::task::JoinError),
    /// The users file cannot be read.
    UsersFile(NoLongerAllowed),
    /// The tenant's options lack a mandatory rule about who has access, or the rule is wrong.
    RuleMandatory(Refusal),
    /// The settings of the provider are wrong, or its response cannot be verified.
    Upstream(UpstreamError),
    /// The provider does not respond, and its last confirmation does not suffice: it is too old, or the provider must
    /// be asked at each refresh.
    UpstreamSilent {
        /// The error of the call.
        error: UpstreamError,
        /// Seconds since the provider last confirmed the user.
        confirmed_secs_ago: u64,
    },
}

impl From<TokenError> for Failure {
    /// Maps the error to its response. This is the only such mapping.
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Request(TokenRequestError::TooLong(limit)) => limit.into(),
            TokenError::Request(error) => {
                Self::oauth(error.code(), Reason::TokenRequest).describe(error.to_string()).detail(error)
            }
            TokenError::Grant(error) => error.into(),
            TokenError::Resource(error) => Self::oauth(OAuthError::InvalidTarget, Reason::TokenResource)
                .describe(error.to_string())
                .detail(error),
            TokenError::GrantType => Self::oauth(OAuthError::UnauthorizedClient, Reason::GrantTypeNotAllowed),
            TokenError::NoUpstreamToken => Self::oauth(OAuthError::UnauthorizedClient, Reason::GrantTypeNotAllowed)
                .detail("the option upstreamToken needs a user who has logged in at the provider"),
            TokenError::AssertionsOff => {
                Self::oauth(OAuthError::UnsupportedGrantType, Reason::AssertionsOff)
            }
            TokenError::ScopeOfAssertion => Self::oauth(OAuthError::InvalidScope, Reason::AssertionScope),
            TokenError::Scope => Self::oauth(OAuthError::InvalidScope, Reason::RefreshScope),
            TokenError::ScopeOfClient => Self::oauth(OAuthError::InvalidScope, Reason::ClientScope),
            TokenError::TooManyGrants { sub } => {
                Self::new(Kind::TooMany { retry_after: RETRY_SECS }, Reason::GrantsTooMany).detail(format_args!(
                    "user {sub} ended {ENDED_PER_USER} grants whose access tokens have not expired; the user can connect \
                     again once they have"
                ))
            }
            TokenError::TooLong(error) => {
                Self::oauth(OAuthError::ServerError, Reason::TokenTooLong).detail(error)
            }
            TokenError::Unavailable(what) => what.into(),
            TokenError::Below(failure) => *failure,
        }
    }
}

impl From<GrantError> for Failure {
    fn from(error: GrantError) -> Self {
        let refused = |reason| Self::oauth(OAuthError::InvalidGrant, reason);
        let revoked = |grant: GrantId| format!("grant {grant} revoked");
        match error {
            GrantError::CodeUnknown => refused(Reason::CodeUnknown),
            GrantError::CodeWrongClient => refused(Reason::CodeWrongClient),
            GrantError::CodeRedirectUri { asked, sent_to } => {
                let failure = refused(Reason::CodeRedirectUri)
                    .detail(format_args!("the request says {asked:?}, the code was sent to {sent_to:?}"));
                // The registered value is a URI, so its characters are allowed in an `error_description`.
                match RedirectUri::parse(&sent_to) {
                    Ok(uri) => failure.describe(format!(
                        "redirect_uri differs from the one in the authorization request: {}",
                        uri.as_str()
                    )),
                    Err(_) => failure,
                }
            }
            GrantError::CodePkce(error) => refused(Reason::CodePkce).detail(error),
            GrantError::CodeReused(grant) => refused(Reason::CodeReused).detail(revoked(grant)),
            GrantError::RefreshUnknown => refused(Reason::RefreshUnknown),
            GrantError::RefreshWrongClient => refused(Reason::RefreshWrongClient),
            GrantError::RefreshReused(grant) => refused(Reason::RefreshReused).detail(revoked(grant)),
            GrantError::Assertion(error) => refused(of_assertion(&error)).detail(error),
            GrantError::AssertionUsed => refused(Reason::AssertionUsed),
            GrantError::UserRefused(detail) => refused(Reason::UserRefused).detail(detail),
            GrantError::UserGone(error) => refused(Reason::UserGone).detail(error),
            GrantError::UpstreamRefused(error) => refused(Reason::UpstreamRefused).detail(error),
            GrantError::UpstreamRefreshMissing => refused(Reason::UpstreamRefreshMissing),
            GrantError::UpstreamTokenEnded => refused(Reason::UpstreamTokenEnded),
        }
    }
}

const fn of_assertion(error: &AssertionError) -> Reason {
    match error {
        AssertionError::Claim(IdJagError::Client) => Reason::AssertionClient,
        AssertionError::Claim(IdJagError::Resource) => Reason::AssertionResource,
        AssertionError::Claim(_) | AssertionError::Token(_) => Reason::AssertionInvalid,
    }
}

impl From<Unavailable> for Failure {
    fn from(what: Unavailable) -> Self {
        match what {
            Unavailable::SigningKey(error) => Self::unavailable(Reason::SigningKey, error),
            Unavailable::SealSuccessor(error) => Self::unavailable(Reason::SuccessorSeal, error),
            Unavailable::OpenSuccessor(error) => Self::unavailable(Reason::SuccessorUnseal, error),
            Unavailable::OpenUpstreamRefresh(error) | Unavailable::OpenUpstreamToken(error) => {
                Self::unavailable(Reason::UpstreamRefreshUnseal, error)
            }
            Unavailable::UpstreamTokenEnded => Self::unavailable(
                Reason::UpstreamUnavailable,
                "the provider's access token has ended (upstreamToken), and the provider does not issue another one now",
            ),
            Unavailable::SealUpstreamRefresh(error) => Self::unavailable(Reason::UpstreamRefreshSeal, error),
            Unavailable::StoreUpstreamRefresh(error) => Self::unavailable(Reason::UpstreamRefreshLost, error),
            Unavailable::UpstreamTurn => Self::unavailable(
                Reason::UpstreamTurn,
                "another sidecar is asking the provider about this grant",
            ),
            Unavailable::UpstreamTask(error) => Self::unavailable(Reason::UpstreamTask, error),
            Unavailable::UsersFile(error) => Self::unavailable(Reason::UsersFile, error),
            Unavailable::RuleMandatory(error) => Self::unavailable(Reason::RuleMandatory, error),
            Unavailable::Upstream(error) => Self::unavailable(error.on_wire().1, error),
            Unavailable::UpstreamSilent { error, confirmed_secs_ago } => Self::unavailable(
                Reason::UpstreamUnavailable,
                format_args!(
                    "{error}; the provider last confirmed this user {confirmed_secs_ago} seconds ago"
                ),
            ),
        }
    }
}

impl From<GrantError> for TokenError {
    fn from(error: GrantError) -> Self {
        Self::Grant(error)
    }
}

impl From<Unavailable> for TokenError {
    fn from(what: Unavailable) -> Self {
        Self::Unavailable(what)
    }
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        Self::Below(Box::new(error.into()))
    }
}

impl From<EntropyError> for TokenError {
    fn from(error: EntropyError) -> Self {
        Self::Below(Box::new(error.into()))
    }
}

impl From<Failure> for TokenError {
    fn from(failure: Failure) -> Self {
        Self::Below(Box::new(failure))
    }
}
