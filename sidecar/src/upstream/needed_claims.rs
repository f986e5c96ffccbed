//! Which claims about a user are needed.

use protocol::scope::ScopeSet;
use protocol::settings::TenantSettings;

/// Which claims about a user a rule or a scope needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NeededClaims {
    /// The email address, and whether it is verified.
    pub email: bool,
    /// The groups.
    pub groups: bool,
    /// The name.
    pub profile: bool,
}

impl NeededClaims {
    pub(super) fn of_rules(settings: &TenantSettings) -> Self {
        let access = &settings.access;
        Self {
            email: access.need_address(),
            groups: !access.groups.is_empty() || !settings.scope_map.is_empty(),
            profile: false,
        }
    }

    pub(super) fn of_scopes(granted: &ScopeSet) -> Self {
        let has = |scope: &str| granted.contains(scope);
        Self { email: has("email"), groups: has("groups"), profile: has("profile") }
    }
}
