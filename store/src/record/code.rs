//! Authorization codes.

use super::grant::GrantId;
use super::hash::{Hash, b64};
use super::network::Network;
use super::upstream_token::UpstreamTokenRecord;
use crate::sealed::Sealed;
use protocol::scope::ScopeSet;
use protocol::settings::Identity;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use protocol::uri::ResourceUri;
use serde::{Deserialize, Serialize};

/// An authorization code (RFC 6749 §4.1.2): valid for 60 seconds, redeemed once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRecord {
    /// The hash of the code.
    #[serde(with = "b64")]
    pub code: Hash,
    /// The tenant that issued the code.
    pub tenant: Tenant,
    /// The client to which the code was issued.
    pub client_id: String,
    /// The redirect URI to which the code was sent.
    pub redirect_uri: String,
    /// The client's `state`, to be returned again to a browser that sends its approval twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// PKCE `code_challenge`, S256.
    pub code_challenge: String,
    /// The resource that the token is for.
    pub resource: ResourceUri,
    /// The granted scopes.
    pub scopes: ScopeSet,
    /// The user who approved.
    pub identity: Identity,
    /// The provider's refresh token, sealed; `None` if no provider was involved, or if it issued none.
    pub upstream_refresh: Option<Sealed>,
    /// The provider's access token, if the tenant's MCP server gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_token: Option<UpstreamTokenRecord>,
    /// The network from which the user signed in; `None` if the address is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// From this time on, the code cannot be redeemed.
    pub expires: UnixTime,
    /// Set when the code is redeemed. The record is then kept for
    /// [`SPENT_CODE_KEPT_SECS`](crate::limits::SPENT_CODE_KEPT_SECS), so that a second use is detected.
    pub spent: Option<Spent>,
}

/// The mark of a redeemed code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    /// The grant that was issued for the code.
    #[serde(rename = "family")]
    pub grant: GrantId,
    /// When the code was redeemed.
    pub at: UnixTime,
}
