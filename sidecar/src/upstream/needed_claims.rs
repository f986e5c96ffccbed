//! Decides which claims about a user are needed.

use protocol::scope::ScopeSet;
use protocol::settings::{BoxItem, TenantSettings};

/// The claims about a user that a rule, a scope or a header needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NeededClaims {
    /// Whether the email address is needed, and whether it is verified.
    pub email: bool,
    /// Whether the groups are needed.
    pub groups: bool,
    /// Whether a name is needed.
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

    /// The claims that the option `identityHeaders` sends to the MCP server.
    pub(super) fn of_headers(settings: &TenantSettings) -> Self {
        Self {
            email: settings.boxes(BoxItem::Email),
            groups: settings.boxes(BoxItem::Groups),
            profile: settings.boxes(BoxItem::Name) || settings.boxes(BoxItem::Username),
        }
    }

    /// The claims that `self` or `other` needs.
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
