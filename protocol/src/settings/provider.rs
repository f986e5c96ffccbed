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
    /// An OpenID provider found by discovery.
    Oidc {
        /// Its issuer, exactly as it writes it.
        issuer: String,
        /// The client registered there.
        client_id: String,
        /// That client's secret; none for a public client.
        client_secret: Option<Secret<String>>,
        /// What kind of provider it is and what it wants to be told.
        #[serde(default, skip_serializing_if = "ProviderOptions::is_unset")]
        options: ProviderOptions,
    },
    /// One that the authorization server's operator has named; only it knows issuer, client and secret.
    Named {
        /// The name.
        name: String,
    },
}

/// Options about a provider, as written: the authorization server reads them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderOptions {
    /// `providerType`; empty: told by the issuer.
    pub kind: String,
    /// `providerAuthorizeParams`: `name=value` pairs, comma-separated.
    pub authorize_params: String,
    /// `groupsClaim`: where its groups stand; empty: where its kind has them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub groups_claim: String,
    /// `clientAuthMethod`; empty: as the discovery document prefers, and the other one where that is refused.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub auth_method: String,
    /// `providerInternalURL`: where the authorization server itself reaches the provider; empty: at the issuer.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub internal_url: String,
}

impl ProviderOptions {
    /// Whether none is given.
    pub fn is_unset(&self) -> bool {
        let Self { kind, authorize_params, groups_claim, auth_method, internal_url } = self;
        [kind, authorize_params, groups_claim, auth_method, internal_url].into_iter().all(String::is_empty)
    }
}

impl Provider {
    /// The issuer, or `local`.
    pub fn issuer(&self) -> &str {
        match self {
            Self::Local => "local",
            Self::Oidc { issuer, .. } => issuer,
            Self::Named { name } => name,
        }
    }

    /// Whose accounts it signs in.
    pub fn accounts(&self) -> Accounts {
        match self {
            // Of a named one the operator knows, who resolves it first.
            Self::Local | Self::Named { .. } => Accounts::Given,
            Self::Oidc { issuer, options, .. } => Accounts::at(issuer, &options.kind),
        }
    }

    /// Whether it is one that the access rules have rules of their own for: by its host, whatever `providerType`
    /// says, or else by `providerType`.
    pub fn well_known(&self) -> Option<WellKnown> {
        match self {
            Self::Local | Self::Named { .. } => None,
            Self::Oidc { issuer, options, .. } => {
                WellKnown::at(issuer).or_else(|| WellKnown::named(&options.kind))
            }
        }
    }
}
