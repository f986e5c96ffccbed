//! The sidecar as a client: a tenant's identity provider, by OpenID Connect discovery.
//!
//! OpenID Connect Core 1.0 §3.1 (code flow), Discovery 1.0 §4. Nothing of what the MCP client sent (its
//! `resource`, scopes, state, PKCE) is passed on. A tenant's client secret goes to the endpoints of
//! that tenant's own issuer only.

pub mod address;
mod claims;
mod client_auth;
mod documents;
mod github;
pub mod http;
pub mod id_token;
mod jws;
pub mod oidc;
pub mod profile;
mod proxy;
mod reach;
mod refusal;
mod resolve;
mod user_info;

use std::future::Future;
use std::pin::Pin;

use tokio::time::Instant;

use protocol::error::OAuthError;
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::{Identity, Provider, TenantSettings};
use protocol::time::UnixTime;

pub use claims::Notes;
pub use client_auth::ClientAuthMethod;
pub use profile::Profile;
pub use refusal::Said;

/// How we are registered at one tenant's provider; all of it comes from that tenant's sealed context.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The provider's issuer, exactly as configured.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// Our client secret there; none for a public client.
    pub client_secret: Option<Secret<String>>,
    /// How it differs from what the specifications say.
    pub profile: Profile,
    /// What else it wants to be told at its authorization endpoint.
    pub authorize_params: Vec<(String, String)>,
    /// How we prove ourselves there; none: as it prefers, or accepts.
    pub auth_method: Option<ClientAuthMethod>,
    /// The origin at which we reach it, where that is not the issuer's own.
    pub internal_origin: Option<String>,
    /// The claim that holds groups (`groupsClaim`); empty: where its kind has them.
    pub groups_claim: String,
    /// What a rule needs to know of a user: without it nobody can be judged.
    pub needed: Wants,
    /// What the granted scopes show of a user.
    pub shown: Wants,
}

/// Claims about a user that somebody needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wants {
    /// The address and the word for it.
    pub email: bool,
    /// The groups.
    pub groups: bool,
    /// A name.
    pub profile: bool,
}

impl Wants {
    fn of_rules(settings: &TenantSettings) -> Self {
        let access = &settings.access;
        Self {
            email: access.need_address(),
            groups: !access.groups.is_empty() || !settings.scope_map.is_empty(),
            profile: false,
        }
    }

    fn of_scopes(granted: &ScopeSet) -> Self {
        let has = |scope: &str| granted.contains(scope);
        Self { email: has("email"), groups: has("groups"), profile: has("profile") }
    }
}

impl Registration {
    /// Of a tenant with a provider; `None`: its users are local. `granted` are the scopes that the client's token
    /// will have at most.
    pub fn of(settings: &TenantSettings, granted: &ScopeSet) -> Result<Option<Self>, UpstreamError> {
        let registration = Self::at(&settings.provider)?;
        let (needed, shown) = (Wants::of_rules(settings), Wants::of_scopes(granted));
        Ok(registration.map(|registration| Self { needed, shown, ..registration }))
    }

    /// Whether anybody needs to know the groups.
    pub(crate) const fn wants_groups(&self) -> bool {
        self.needed.groups || self.shown.groups
    }

    /// At a provider, without any need to know more of a user than the subject.
    pub fn at(provider: &Provider) -> Result<Option<Self>, UpstreamError> {
        match provider {
            Provider::Local => Ok(None),
            // The door resolves names, so one that is left is one nobody knows.
            Provider::Named { name } => Err(UpstreamError::Misconfigured(format!(
                "provider {name:?} is not in BOUNCER_PROVIDERS_FILE"
            ))),
            Provider::Oidc { issuer, client_id, client_secret, options } => {
                let profile = Profile::choose(&options.kind, issuer)?;
                let internal_origin = reach::internal_origin(&options.internal_url, issuer)?;
                if profile == Profile::GitHub && internal_origin.is_some() {
                    return Err(UpstreamError::Misconfigured(
                        "providerInternalURL is for OpenID Connect providers, not for GitHub".to_owned(),
                    ));
                }
                Ok(Some(Self {
                    issuer: issuer.clone(),
                    client_id: client_id.clone(),
                    client_secret: client_secret.clone(),
                    profile,
                    authorize_params: profile::parameters(&options.authorize_params)?,
                    auth_method: ClientAuthMethod::read(&options.auth_method)?,
                    internal_origin,
                    groups_claim: options.groups_claim.clone(),
                    needed: Wants::default(),
                    shown: Wants::default(),
                }))
            }
        }
    }

    /// What is learnt at one address of a provider counts for that address alone.
    fn address_key(&self) -> String {
        match &self.internal_origin {
            None => self.issuer.clone(),
            Some(origin) => [origin, " ", &self.issuer].concat(),
        }
    }
}

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
    id_token: Option<Secret<String>>,
    /// The provider's access token, for its API or userinfo.
    access_token: Option<Secret<String>>,
    /// When the time for all calls of this refresh is over.
    deadline: Instant,
}

/// Why there is no answer, by whose fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// The provider refuses this code or refresh token: the session there is over.
    #[error("the provider refused the grant: {0}")]
    GrantRefused(String),
    /// The provider cannot be reached or does not answer properly; trying again may help.
    #[error("the provider is not available: {0}")]
    Unavailable(String),
    /// Settings stand in the way: issuer, endpoint or credentials.
    #[error("the provider's settings are wrong: {0}")]
    Misconfigured(String),
    /// The answer came but cannot be believed.
    #[error("the provider's answer cannot be believed: {0}")]
    Unverifiable(String),
}

impl UpstreamError {
    /// What a client and the log learn of it. The provider's own words are for the log alone.
    pub const fn on_wire(&self) -> (OAuthError, &'static str) {
        match self {
            Self::GrantRefused(_) => (OAuthError::AccessDenied, "upstream_refused"),
            Self::Unavailable(_) => (OAuthError::TemporarilyUnavailable, "upstream_unavailable"),
            Self::Misconfigured(_) => (OAuthError::ServerError, "upstream_misconfigured"),
            Self::Unverifiable(_) => (OAuthError::AccessDenied, "upstream_unverifiable"),
        }
    }
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
