//! The interface to identity providers.

use std::future::Future;
use std::pin::Pin;

use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::Identity;
use protocol::time::UnixTime;
use tokio::time::Instant;

use super::access_token::UpstreamToken;
use super::claims::Notes;
use super::error::UpstreamError;
use super::id_jag::{Asserted, AssertionError, Presented};
use super::registration::Registration;

/// The parameters of an authentication request to the provider.
#[derive(Debug, Clone)]
pub struct Begin {
    /// This server's callback URL, as registered at the provider.
    pub redirect_uri: String,
    /// The scopes to request (the tenant's option `scopes`); `openid` is always added.
    pub scopes: ScopeSet,
    /// This server's `state`, not the client's.
    pub state: Secret<String>,
    /// The nonce that the `id_token` must repeat.
    pub nonce: Secret<String>,
    /// The PKCE verifier for the request to the provider (RFC 7636).
    pub verifier: Secret<String>,
    /// The client's `prompt`, if it is `login` or `select_account`.
    pub prompt: Option<String>,
    /// The client's hint about who will sign in.
    pub login_hint: Option<String>,
    /// The maximum age of the user's sign-in at the provider, in seconds.
    pub max_age: Option<u32>,
}

/// How recent the user's sign-in at the provider must be.
#[derive(Debug, Clone)]
pub struct Freshness {
    /// When the client sent its request.
    pub since: UnixTime,
    /// The client's `max_age`, which was sent to the provider, in seconds.
    pub max_age: Option<u32>,
    /// Whether `prompt=login` was sent.
    pub login: bool,
}

/// The parameters of the code exchange.
#[derive(Debug, Clone)]
pub struct Finish {
    /// The code from the callback.
    pub code: Secret<String>,
    /// The callback URL of the authentication request.
    pub redirect_uri: String,
    /// The nonce that the `id_token` must contain.
    pub nonce: Secret<String>,
    /// The PKCE verifier of the authentication request.
    pub verifier: Secret<String>,
    /// How recent the sign-in must be.
    pub fresh: Freshness,
}

/// A user who has signed in at the provider, and whose identity is verified.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Subject and claims: from the validated `id_token` and, if necessary, from userinfo; at GitHub from its API.
    pub identity: Identity,
    /// Details about the claims for the log.
    pub notes: Notes,
    /// The provider's refresh token, for asking the provider again when the grant is refreshed.
    pub refresh_token: Option<Secret<String>>,
    /// The provider's access token, if the tenant's MCP server gets it.
    pub upstream_token: Option<UpstreamToken>,
}

/// The result of a successful refresh at the provider. Nobody has verified yet which user it is about: see
/// [`Upstream::confirm`].
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// The new refresh token, if the provider rotated it. The new one is then the only one that works, so store it
    /// before doing anything else. `None` means that the old one stays valid.
    pub refresh_token: Option<Secret<String>>,
    /// The provider's access token, if the tenant's MCP server gets it; the error says why the MCP server could not use
    /// it.
    pub upstream_token: Result<Option<UpstreamToken>, UpstreamError>,
    /// The new `id_token`, if the response has one.
    pub(super) id_token: Option<Secret<String>>,
    /// The provider's access token, for its API or userinfo.
    pub(super) access_token: Option<Secret<String>>,
    /// The deadline for all calls of this refresh and its confirmation.
    pub(super) deadline: Instant,
}

/// A token that the provider is asked to revoke.
#[derive(Debug, Clone)]
pub enum ToRevoke {
    /// A refresh token. The provider should revoke the access tokens of the same grant, too (RFC 7009 §2.1).
    Refresh(Secret<String>),
    /// An access token.
    Access(Secret<String>),
}

/// A boxed future, so that the trait can be used as an object.
pub type UpstreamFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, UpstreamError>> + Send + 'a>>;

/// An identity provider. Each call takes at most five seconds in total; a refresh and its confirmation share the five
/// seconds.
pub trait Upstream: Send + Sync + 'static {
    /// Returns the URL to which the browser is sent.
    fn authorize_url<'a>(&'a self, at: &'a Registration, begin: &'a Begin) -> UpstreamFuture<'a, String>;

    /// Exchanges the callback's code for a verified identity.
    fn exchange<'a>(&'a self, at: &'a Registration, finish: &'a Finish) -> UpstreamFuture<'a, SignedIn>;

    /// Asks the provider whether the user's session is still valid, by using the refresh token.
    fn refresh<'a>(
        &'a self,
        at: &'a Registration,
        refresh_token: &'a Secret<String>,
    ) -> UpstreamFuture<'a, Refreshed>;

    /// Validates the result of a refresh and returns the user's current claims; `None` if the result has none. Fails if
    /// the result is not about the user `subject`.
    fn confirm<'a>(
        &'a self,
        at: &'a Registration,
        refreshed: &'a Refreshed,
        subject: &'a str,
    ) -> UpstreamFuture<'a, Option<(Identity, Notes)>>;

    /// Validates an assertion of the provider about a user, with the provider's keys. The outer error means that the
    /// assertion could not be verified now; the inner error means that it is refused.
    fn asserted<'a>(
        &'a self,
        at: &'a Registration,
        assertion: &'a Secret<String>,
        presented: Presented<'a>,
    ) -> UpstreamFuture<'a, Result<Asserted, AssertionError>>;

    /// Asks the provider to revoke a token (RFC 7009). Returns `false` if the provider has no revocation endpoint.
    /// Fails if the provider does not revoke the token.
    fn revoke<'a>(&'a self, at: &'a Registration, token: &'a ToRevoke) -> UpstreamFuture<'a, bool>;
}
