//! Where the users of a tenant log in.

use super::issuer::{Accounts, WellKnown};
use crate::secret::Secret;
use serde::{Deserialize, Serialize};

/// Where a tenant's users log in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The sidecar's own users file.
    Local,
    /// An OpenID provider, whose metadata are found by OpenID Connect Discovery.
    Oidc {
        /// The provider's issuer, exactly as the provider writes it.
        issuer: String,
        /// The client that is registered at the provider.
        client_id: String,
        /// The secret of that client; `None` for a public client.
        client_secret: Option<Secret<String>>,
        /// The provider's kind, and how the provider is used.
        #[serde(default, skip_serializing_if = "ProviderOptions::is_unset")]
        options: ProviderOptions,
    },
    /// The provider that the operator of the authorization server has set for tenants that name none. Only that server
    /// knows it.
    Default,
    /// A provider that the operator of the authorization server has named. Only that server knows its issuer, client
    /// and secret.
    Named {
        /// The provider's name.
        name: String,
    },
}

/// Options about a provider, as written. The authorization server reads them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderOptions {
    /// `providerType`; empty: recognised by the issuer.
    pub kind: String,
    /// `providerAuthorizeParams`: `name=value` pairs, comma-separated.
    pub authorize_params: String,
    /// `groupsClaim`: the claim with the groups; empty: the usual claim of the provider's kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub groups_claim: String,
    /// `clientAuthMethod`: how the client authenticates at the provider; empty: by the method that the provider's
    /// metadata prefers, and by the other method if the provider refuses it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub auth_method: String,
    /// `providerInternalURL`: the address at which the authorization server reaches the provider; empty: the issuer.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub internal_url: String,
}

impl ProviderOptions {
    /// Whether no option is given.
    pub fn is_unset(&self) -> bool {
        let Self { kind, authorize_params, groups_claim, auth_method, internal_url } = self;
        [kind, authorize_params, groups_claim, auth_method, internal_url].into_iter().all(String::is_empty)
    }
}

impl Provider {
    /// The provider's issuer. `local` for the users file, the name of a named provider, and an empty text for the
    /// default provider.
    pub fn issuer(&self) -> &str {
        match self {
            Self::Local => "local",
            Self::Default => "",
            Self::Oidc { issuer, .. } => issuer,
            Self::Named { name } => name,
        }
    }

    /// Who can have an account at the provider.
    pub fn accounts(&self) -> Accounts {
        match self {
            // A named provider and the default one are resolved before this is used.
            Self::Local | Self::Default | Self::Named { .. } => Accounts::Given,
            Self::Oidc { issuer, options, .. } => Accounts::at(issuer, &options.kind),
        }
    }

    /// The provider's kind, if the access rules treat it specially. The issuer's host decides if it is known, whatever
    /// `providerType` says; otherwise `providerType` decides.
    pub fn well_known(&self) -> Option<WellKnown> {
        match self {
            Self::Local | Self::Default | Self::Named { .. } => None,
            Self::Oidc { issuer, options, .. } => {
                WellKnown::at(issuer).or_else(|| WellKnown::named(&options.kind))
            }
        }
    }
}
