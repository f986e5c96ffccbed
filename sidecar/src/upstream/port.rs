//! What is asked of an identity provider, and its answers.

use std::future::Future;
use std::pin::Pin;

use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::Identity;
use protocol::time::UnixTime;
use tokio::time::Instant;

use super::claims::Notes;
use super::error::UpstreamError;
use super::registration::Registration;

/// What one login at the provider is begun with.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Our callback, as registered at the provider.
    pub redirect_uri: String,
    /// What is asked of the provider (the tenant's `scopes`); `openid` is always added.
    pub scopes: ScopeSet,
    /// Ours, not the client's.
    pub state: Secret<String>,
    /// Bound into the `id_token`.
    pub nonce: Secret<String>,
    /// PKCE verifier of this leg (RFC 7636).
    pub verifier: Secret<String>,
    /// `login` or `select_account`, if the client asked for one of them.
    pub prompt: Option<String>,
    /// Who the client thinks will log in.
    pub login_hint: Option<String>,
    /// How many seconds ago the user may have logged in there.
    pub max_age: Option<u32>,
}

/// How recent the user's sign-in at the provider must be.
#[derive(Debug, Clone)]
pub struct Freshness {
    /// When the client asked.
    pub since: UnixTime,
    /// Its `max_age`, which was sent to the provider, in seconds.
    pub max_age: Option<u32>,
    /// Whether `prompt=login` was sent.
    pub login: bool,
}

/// What a login at the provider is finished with.
#[derive(Debug, Clone)]
pub struct Finish {
    /// The code from the callback.
    pub code: Secret<String>,
    /// The same callback as at the beginning.
    pub redirect_uri: String,
    /// The nonce the `id_token` must hold.
    pub nonce: Secret<String>,
    /// The verifier for our challenge.
    pub verifier: Secret<String>,
    /// How recent the sign-in must be.
    pub fresh: Freshness,
}

/// Who the provider says it is, verified.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Subject and claims: of the verified `id_token`, and of userinfo where they had to be asked for.
    pub identity: Identity,
    /// What the log can be told about where they came from.
    pub notes: Notes,
    /// For asking the provider again at refresh time.
    pub refresh_token: Option<Secret<String>>,
}

/// A provider's yes to a refresh. Who it is about is not verified yet: [`Upstream::confirm`].
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// Present if the provider rotated it, and then the only one that works: to be stored before anything else
    /// is done. Absent means the old one stays.
    pub refresh_token: Option<Secret<String>>,
    /// The new `id_token`, if one was sent.
    pub(super) id_token: Option<Secret<String>>,
    /// The provider's access token, for its API or userinfo.
    pub(super) access_token: Option<Secret<String>>,
    /// When the time for all calls of this refresh is over.
    pub(super) deadline: Instant,
}

/// A boxed answer, so that the trait can be an object.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, UpstreamError>> + Send + 'a>>;

/// What is asked of an identity provider. Each call takes at most five seconds in all, and so do a refresh and its
/// confirmation together.
pub trait Upstream: Send + Sync + 'static {
    /// Where to send the browser.
    fn authorize_url<'a>(&'a self, at: &'a Registration, begin: &'a Begin) -> Answer<'a, String>;

    /// Trades the callback's code for a verified identity.
    fn exchange<'a>(&'a self, at: &'a Registration, finish: &'a Finish) -> Answer<'a, SignedIn>;

    /// Asks whether the user is still welcome there.
    fn refresh<'a>(
        &'a self,
        at: &'a Registration,
        refresh_token: &'a Secret<String>,
    ) -> Answer<'a, Refreshed>;

    /// Verifies what came with a refresh; `None`: nothing new about the user. It must name `subject`.
    fn confirm<'a>(
        &'a self,
        at: &'a Registration,
        refreshed: &'a Refreshed,
        subject: &'a str,
    ) -> Answer<'a, Option<(Identity, Notes)>>;
}
