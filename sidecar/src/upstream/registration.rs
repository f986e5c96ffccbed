//! This server's client registration at a provider.

use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::{BoxItem, Provider, TenantSettings};

use super::auth_method::ClientAuthMethod;
use super::error::UpstreamError;
use super::internal_origin::internal_origin;
use super::needed_claims::NeededClaims;
use super::profile::{self, Profile};

/// This server's client registration at a tenant's provider, from the tenant's sealed context.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The provider's issuer, exactly as configured.
    pub issuer: String,
    /// The client id.
    pub client_id: String,
    /// The client secret; `None` for a public client.
    pub client_secret: Option<Secret<String>>,
    /// The kind of provider.
    pub profile: Profile,
    /// Additional parameters of the authentication request (option `providerAuthorizeParams`).
    pub authorize_params: Vec<(String, String)>,
    /// The client authentication method; `None` means the method that the provider's metadata suggest or that it turns
    /// out to accept.
    pub auth_method: Option<ClientAuthMethod>,
    /// The origin at which the sidecar reaches the provider (`providerInternalURL`); `None` means the issuer's own.
    pub internal_origin: Option<String>,
    /// The claim that contains groups (`groupsClaim`); if it is empty, the claims in which this kind of provider
    /// usually puts them.
    pub groups_claim: String,
    /// The claims that the tenant's rules need; without them the rules cannot be checked.
    pub needed: NeededClaims,
    /// The claims that the granted scopes or the option `identityHeaders` include.
    pub shown: NeededClaims,
    /// Whether the tenant's MCP server gets the provider's access token (`upstreamToken`).
    pub passes_token_on: bool,
}

impl Registration {
    /// Returns the registration for a tenant with a provider. `granted` are the scopes that the client's token may have
    /// at most.
    ///
    /// If a tenant's users become local, the tenant gets another id, so none of its earlier logins and grants end up
    /// here.
    pub fn of(settings: &TenantSettings, granted: &ScopeSet) -> Result<Self, UpstreamError> {
        let registration = Self::at(&settings.provider)?
            .ok_or_else(|| UpstreamError::Misconfigured("the tenant's users are local".to_owned()))?;
        let shown = NeededClaims::of_scopes(granted).or(NeededClaims::of_headers(settings));
        let passes_token_on = settings.boxes(BoxItem::UpstreamToken);
        Ok(Self { needed: NeededClaims::of_rules(settings), shown, passes_token_on, ..registration })
    }

    /// Whether a rule or a scope needs the groups.
    pub(crate) const fn needs_groups(&self) -> bool {
        self.needed.groups || self.shown.groups
    }

    /// Returns a registration that requests no claims except the subject. `None` if the tenant's users are local.
    pub fn at(provider: &Provider) -> Result<Option<Self>, UpstreamError> {
        match provider {
            Provider::Local => Ok(None),
            // The context layer has replaced known names by their entries, so a remaining name is unknown.
            Provider::Default => {
                Err(UpstreamError::Misconfigured("BOUNCER_PROVIDER_ISSUER is not set".to_owned()))
            }
            Provider::Named { name } => Err(UpstreamError::Misconfigured(format!(
                "provider {name:?} is not in BOUNCER_PROVIDERS_FILE"
            ))),
            Provider::Oidc { issuer, client_id, client_secret, options } => {
                let profile = Profile::choose(&options.kind, issuer)?;
                let internal_origin = internal_origin(&options.internal_url, issuer)?;
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
                    needed: NeededClaims::default(),
                    shown: NeededClaims::default(),
                    passes_token_on: false,
                }))
            }
        }
    }

    /// Returns the key for caches. It contains the origin, because what was fetched from one origin of a provider must
    /// not be used for another.
    pub(super) fn address_key(&self) -> String {
        match &self.internal_origin {
            None => self.issuer.clone(),
            Some(origin) => [origin, " ", &self.issuer].concat(),
        }
    }
}
