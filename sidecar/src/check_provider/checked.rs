//! The provider and the settings that `check-provider` checks.

use protocol::scope::ScopeSet;
use protocol::settings::{AccessRules, Provider};

use crate::upstream::{NeededClaims, Registration, UpstreamError};

/// The provider and the settings that are checked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The provider.
    pub provider: Provider,
    /// The sidecar's registration at the provider; its client id is empty if only the provider itself is checked.
    pub registration: Registration,
    /// The access rules that users must satisfy.
    pub access: AccessRules,
    /// The scopes to request.
    pub scopes: ScopeSet,
}

impl Checked {
    /// Collects what is to be checked; `None` if the users are local. Fails if the provider's settings contradict each
    /// other.
    pub fn new(
        provider: Provider,
        access: AccessRules,
        scopes: ScopeSet,
    ) -> Result<Option<Self>, UpstreamError> {
        let Some(registration) = Registration::at(&provider)? else { return Ok(None) };
        let needed =
            NeededClaims { email: access.need_address(), groups: !access.groups.is_empty(), profile: false };
        let shown = NeededClaims { email: true, groups: needed.groups, profile: true };
        let registration = Registration { needed, shown, ..registration };
        // As in a login, the email address is requested if a rule needs it.
        let mut scopes = scopes;
        scopes.insert("openid");
        if needed.email {
            scopes.insert("email");
        }
        Ok(Some(Self { provider, registration, access, scopes }))
    }

    /// Whether a client is checked too.
    pub(super) fn has_client(&self) -> bool {
        !self.registration.client_id.is_empty()
    }
}
