//! Why no token is issued, and what client and log learn of it.

use protocol::error::OAuthError;
use protocol::server::fitting::TokenTooLong;
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
use crate::upstream::UpstreamError;
use crate::users::NoLongerAllowed;
use crate::wire::error::{Failure, Kind};

/// When a client may ask again whose user ended too many grants, seconds.
const RETRY_SECS: u64 = 600;

/// The reason.
#[derive(Debug)]
pub(super) enum TokenError {
    /// The request cannot be read.
    Request(TokenRequestError),
    /// `invalid_grant`: the code or the refresh token is of no use.
    Grant(GrantError),
    /// The `resource` asked for is not covered by the grant (RFC 8707 §2.2).
    Resource(ResourceError),
    /// None of the scopes asked for was granted (RFC 6749 §6).
    Scope,
    /// The user ended too many grants whose access tokens have not expired.
    TooManyGrants {
        /// The user.
        sub: String,
    },
    /// The access token would be longer than the plugin takes, even without optional claims.
    TooLong(TokenTooLong),
    /// 503: nothing is issued and nothing is lost, so that trying again is right.
    Unavailable(Unavailable),
    /// What was asked for failed: the store, randomness, the client, the resource.
    Below(Box<Failure>),
}

/// Why a code or a refresh token is refused. The client learns `invalid_grant`, the log the reason.
#[derive(Debug)]
pub(super) enum GrantError {
    /// No such code here, or it has expired.
    CodeUnknown,
    /// It was issued to another client.
    CodeWrongClient,
    /// It was sent to another redirect URI (RFC 6749 §4.1.3).
    CodeRedirectUri {
        /// As asked, cut to what a log line bears.
        asked: String,
        /// Where it was sent.
        sent_to: String,
    },
    /// The verifier does not match (RFC 7636 §4.6).
    CodePkce(PkceError),
    /// It was redeemed before; that grant is revoked now (RFC 6749 §4.1.2).
    CodeReused(GrantId),
    /// No such refresh token here, or no longer.
    RefreshUnknown,
    /// It was issued to another client.
    RefreshWrongClient,
    /// It was used before; its grant is revoked now (RFC 9700 §4.14.2).
    RefreshReused(GrantId),
    /// The rules no longer let the user in.
    UserRefused(String),
    /// The users file no longer lets the user in.
    UserGone(NoLongerAllowed),
    /// The provider no longer vouches for the user.
    UpstreamRefused(UpstreamError),
    /// The provider is asked at each refresh, and there is nothing to ask it with.
    UpstreamRefreshMissing,
}

/// What cannot be done now.
#[derive(Debug)]
pub(super) enum Unavailable {
    /// There is no key to sign with.
    SigningKey(KeyError),
    /// The successor of a refresh token cannot be sealed.
    SealSuccessor(SealError),
    /// The successor of a refresh token cannot be opened.
    OpenSuccessor(SealError),
    /// The provider's refresh token cannot be opened or sealed again.
    OpenUpstreamRefresh(SealError),
    /// The provider's new refresh token cannot be sealed.
    SealUpstreamRefresh(SealError),
    /// The provider's new refresh token cannot be stored.
    StoreUpstreamRefresh(StoreError),
    /// The grant has lost its provider token.
    NoUpstreamRefresh,
    /// Another sidecar is asking the provider about this grant.
    UpstreamTurn,
    /// The task that asked the provider was lost.
    UpstreamTask(tokio::task::JoinError),
    /// The tenant has no provider any more.
    ProviderChanged,
    /// The users file cannot be read.
    UsersFile(NoLongerAllowed),
    /// The tenant's options do not say enough about who may enter.
    RuleMandatory(Refusal),
    /// The provider cannot be asked, or what it said cannot be believed.
    Upstream(UpstreamError),
    /// The provider does not answer, and its last word is too old.
    UpstreamSilent {
        /// What happened.
        error: UpstreamError,
        /// Seconds since the provider last confirmed the user.
        confirmed_secs_ago: u64,
    },
}

impl From<TokenError> for Failure {
    /// The one map to the wire.
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Request(TokenRequestError::TooLong(limit)) => limit.into(),
            TokenError::Request(error) => {
                Self::oauth(error.code(), "token_request").describe(error.to_string()).detail(error)
            }
            TokenError::Grant(error) => error.into(),
            TokenError::Resource(error) => Self::oauth(OAuthError::InvalidTarget, "token_resource")
                .describe(error.to_string())
                .detail(error),
            TokenError::Scope => Self::oauth(OAuthError::InvalidScope, "refresh_scope"),
            TokenError::TooManyGrants { sub } => {
                Self::new(Kind::TooMany { retry_after: RETRY_SECS }, "grants_too_many").detail(format_args!(
                    "user {sub} ended {ENDED_PER_USER} grants whose access tokens have not expired; they can connect \
                     again then"
                ))
            }
            TokenError::TooLong(error) => {
                Self::oauth(OAuthError::ServerError, "token_too_long").detail(error)
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
            GrantError::CodeUnknown => refused("code_unknown"),
            GrantError::CodeWrongClient => refused("code_wrong_client"),
            GrantError::CodeRedirectUri { asked, sent_to } => {
                let failure = refused("code_redirect_uri")
                    .detail(format_args!("asked {asked:?}, the code was sent to {sent_to:?}"));
                // What was registered is a URI, in characters that may be sent.
                match RedirectUri::parse(&sent_to) {
                    Ok(uri) => failure.describe(format!(
                        "redirect_uri is another than in the authorization request: {}",
                        uri.as_str()
                    )),
                    Err(_) => failure,
                }
            }
            GrantError::CodePkce(error) => refused("code_pkce").detail(error),
            GrantError::CodeReused(grant) => refused("code_reused").detail(revoked(grant)),
            GrantError::RefreshUnknown => refused("refresh_unknown"),
            GrantError::RefreshWrongClient => refused("refresh_wrong_client"),
            GrantError::RefreshReused(grant) => refused("refresh_reused").detail(revoked(grant)),
            GrantError::UserRefused(detail) => refused("user_refused").detail(detail),
            GrantError::UserGone(error) => refused("user_gone").detail(error),
            GrantError::UpstreamRefused(error) => refused("upstream_refused").detail(error),
            GrantError::UpstreamRefreshMissing => refused("upstream_refresh_missing"),
        }
    }
}

impl From<Unavailable> for Failure {
    fn from(what: Unavailable) -> Self {
        match what {
            Unavailable::SigningKey(error) => Self::unavailable("signing_key", error),
            Unavailable::SealSuccessor(error) => Self::unavailable("successor_seal", error),
            Unavailable::OpenSuccessor(error) => Self::unavailable("successor_unseal", error),
            Unavailable::OpenUpstreamRefresh(error) => Self::unavailable("upstream_refresh_unseal", error),
            Unavailable::SealUpstreamRefresh(error) => Self::unavailable("upstream_refresh_seal", error),
            Unavailable::StoreUpstreamRefresh(error) => Self::unavailable("upstream_refresh_lost", error),
            Unavailable::NoUpstreamRefresh => {
                Self::unavailable("upstream_refresh_gone", "the grant has lost its provider token")
            }
            Unavailable::UpstreamTurn => {
                Self::unavailable("upstream_turn", "another sidecar is asking the provider about this grant")
            }
            Unavailable::UpstreamTask(error) => Self::unavailable("upstream_task", error),
            Unavailable::ProviderChanged => {
                Self::unavailable("provider_changed", "the tenant has no provider any more")
            }
            Unavailable::UsersFile(error) => Self::unavailable("users_file", error),
            Unavailable::RuleMandatory(error) => Self::unavailable("rule_mandatory", error),
            Unavailable::Upstream(error) => Self::unavailable(error.on_wire().1, error),
            Unavailable::UpstreamSilent { error, confirmed_secs_ago } => Self::unavailable(
                "upstream_unavailable",
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
