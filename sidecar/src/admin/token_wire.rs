//! The requests and responses of the administration endpoints for personal access tokens, as JSON.
//! [`wire`](super::wire) has those of the other endpoints.

use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

use super::wire::{Paged, TenantName};

/// The request of `/admin/tokens/create`, which creates a personal access token of a local user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenToMake {
    /// The user's `sub`, which for a local user is the login name.
    pub user: String,
    /// The issuer, or the tenant as `<issuer> <id>`.
    pub tenant: String,
    /// The name that the token gets.
    pub name: String,
    /// The scopes, separated by spaces; absent: every scope to which the user is entitled.
    #[serde(default)]
    pub scope: Option<String>,
    /// After how many days the token expires; absent: the maximum that the tenant allows.
    #[serde(default)]
    pub days: Option<u16>,
}

/// The response of `/admin/tokens/create`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenMade {
    /// The token. No other response contains it.
    pub token: String,
    /// What is stored about the token.
    #[serde(flatten)]
    pub grant: TokenShown,
}

/// The request of `/admin/tokens/list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokensAsked {
    /// Only the tokens of the user with this `sub`.
    pub user: Option<String>,
    /// Only the tokens of this issuer, or of this tenant (`<issuer> <id>`).
    pub tenant: Option<String>,
    /// Which page.
    pub page: Paged,
}

/// A personal access token. Like any grant, it is ended by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenShown {
    /// The id of the token's grant.
    pub id: String,
    /// The tenant.
    pub tenant: TenantName,
    /// The name that its user or an administrator gave it.
    pub name: String,
    /// The user's `sub`.
    pub user: String,
    /// The token's scopes, separated by spaces.
    pub scope: String,
    /// When the token was created.
    pub created_at: UnixTime,
    /// When the token expires.
    pub expires_at: UnixTime,
}

/// The response of `/admin/tokens/list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// The live tokens of this page.
    pub tokens: Vec<TokenShown>,
    /// Where the next page begins; absent on the last page.
    pub next: Option<String>,
}
