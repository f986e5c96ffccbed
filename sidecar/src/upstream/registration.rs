//! How we are registered at a provider.

use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::{Provider, TenantSettings};

use super::auth_method::ClientAuthMethod;
use super::error::UpstreamError;
use super::internal_origin::internal_origin;
use super::profile::{self, Profile};
use super::wants::Wants;

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
            // Names are resolved before, so one that is left is one nobody knows.
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
                    needed: Wants::default(),
                    shown: Wants::default(),
                }))
            }
        }
    }

    /// What is learnt at one address of a provider counts for that address alone.
    pub(super) fn address_key(&self) -> String {
        match &self.internal_origin {
            None => self.issuer.clone(),
            Some(origin) => [origin, " ", &self.issuer].concat(),
        }
    }
}
