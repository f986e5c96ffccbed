//! What the sealed box in a tenant's access tokens holds.

use serde::{Deserialize, Serialize};

/// One thing that the sealed box of a token can hold for the plugin ([`crate::token_box`]). The options
/// `identityHeaders` and `upstreamToken` decide which of them a tenant's tokens hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxItem {
    /// The user's email address, if the provider vouches for it (`email_verified`).
    Email,
    /// The user's full name (`name`).
    Name,
    /// The user's short name (`preferred_username`).
    Username,
    /// The user's groups.
    Groups,
    /// The client's name, as the client itself gives it (RFC 7591 §2).
    ClientName,
    /// The provider's own access token of the user.
    UpstreamToken,
}

impl BoxItem {
    /// All items.
    pub const ALL: [Self; 6] =
        [Self::Email, Self::Name, Self::Username, Self::Groups, Self::ClientName, Self::UpstreamToken];
}
