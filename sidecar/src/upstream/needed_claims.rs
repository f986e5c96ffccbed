//! Which claims about a user are needed.

use protocol::scope::ScopeSet;
use protocol::settings::{BoxItem, TenantSettings};

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

    /// The claims that `identityHeaders` sends to the MCP server.
    pub(super) fn of_headers(settings: &TenantSettings) -> Self {
        Self {
            email: settings.boxes(BoxItem::Email),
            groups: settings.boxes(BoxItem::Groups),
            profile: settings.boxes(BoxItem::Name) || settings.boxes(BoxItem::Username),
        }
    }

    /// The claims that either needs.
    pub(super) const fn or(self, other: Self) -> Self {
        Self {
            email: self.email || other.email,
            groups: self.groups || other.groups,
            profile: self.profile || other.profile,
        }
    }

    pub(super) fn of_scopes(granted: &ScopeSet) -> Self {
        let has = |scope: &str| granted.contains(scope);
        Self { email: has("email"), groups: has("groups"), profile: has("profile") }
    }
}
