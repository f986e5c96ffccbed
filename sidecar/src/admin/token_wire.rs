//! What the administration endpoints and the commands exchange about personal access tokens, as [`wire`](super::wire) does
//! for the rest.

use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

use super::wire::{Paged, TenantName};

/// The request of `/admin/tokens/create`: a personal access token of a local user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenToMake {
    /// The user: `sub`, which for a local user is the login name.
    pub user: String,
    /// The issuer, or the tenant (issuer, space, id).
    pub tenant: String,
    /// What the token is called.
    pub name: String,
    /// The scopes, separated by spaces; absent: every scope to which the user is entitled.
    #[serde(default)]
    pub scope: Option<String>,
    /// After how many days it ends; absent: as many as the tenant allows.
    #[serde(default)]
    pub days: Option<u16>,
}

/// The response of `/admin/tokens/create`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenMade {
    /// The token, which is shown only here.
    pub token: String,
    /// What is stored of it.
    #[serde(flatten)]
    pub grant: TokenShown,
}

/// The request of `/admin/tokens/list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokensAsked {
    /// Only those of this user: `sub`.
    pub user: Option<String>,
    /// Only those of this issuer, or of this tenant (issuer, space, id).
    pub tenant: Option<String>,
    /// The page.
    pub page: Paged,
}

/// A personal access token. It is ended like any grant, by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenShown {
    /// The id of its grant.
    pub id: String,
    /// The tenant.
    pub tenant: TenantName,
    /// What its user calls it.
    pub name: String,
    /// The user: `sub`.
    pub user: String,
    /// Its scopes.
    pub scope: String,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it ends by itself.
    pub expires_at: UnixTime,
}

/// The response of `/admin/tokens/list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// The live tokens.
    pub tokens: Vec<TokenShown>,
    /// Where the next page begins.
    pub next: Option<String>,
}
