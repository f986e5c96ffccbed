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
    /// The tenant that issued it.
    pub tenant: Tenant,
    /// The client it was issued to.
    pub client_id: String,
    /// The redirect URI it was sent to.
    pub redirect_uri: String,
    /// The client's `state`, for a browser that sends its approval twice.
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
    /// The provider's refresh token, sealed, if it issued one.
    pub upstream_refresh: Option<Sealed>,
    /// The provider's access token, if the tenant's MCP server gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_token: Option<UpstreamTokenRecord>,
    /// From where the user signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// From this time on it cannot be redeemed.
    pub expires: UnixTime,
    /// Set when it is redeemed. The record is then kept for
    /// [`SPENT_CODE_KEPT_SECS`](crate::limits::SPENT_CODE_KEPT_SECS), so that a second use is detected.
    pub spent: Option<Spent>,
}

/// The mark of a redeemed code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    /// The grant that was issued for it.
    #[serde(rename = "family")]
    pub grant: GrantId,
    /// When it was redeemed.
    pub at: UnixTime,
}
