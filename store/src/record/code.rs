//! Authorization codes.

use super::grant::GrantId;
use super::hash::{Hash, b64};
use crate::sealed::Sealed;
use protocol::scope::ScopeSet;
use protocol::settings::Identity;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use protocol::uri::ResourceUri;
use serde::{Deserialize, Serialize};

/// An authorization code (RFC 6749 §4.1.2), 60 seconds, redeemed once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRecord {
    /// Hash of the code.
    #[serde(with = "b64")]
    pub code: Hash,
    /// Where it was issued.
    pub tenant: Tenant,
    /// The client it was issued to.
    pub client_id: String,
    /// The redirect URI it was sent to.
    pub redirect_uri: String,
    /// PKCE `code_challenge`, S256.
    pub code_challenge: String,
    /// The resource the token will be for.
    pub resource: ResourceUri,
    /// The scopes granted.
    pub scopes: ScopeSet,
    /// Who approved.
    pub identity: Identity,
    /// The upstream refresh token, sealed, where the provider gave one.
    pub upstream_refresh: Option<Sealed>,
    /// From then on it cannot be redeemed.
    pub expires: UnixTime,
    /// Set once redeemed; kept for [`SPENT_CODE_KEPT_SECS`](crate::limits::SPENT_CODE_KEPT_SECS) so that a second use is noticed.
    pub spent: Option<Spent>,
}

/// The mark of a redeemed code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    /// What it was redeemed for.
    #[serde(rename = "family")]
    pub grant: GrantId,
    /// When.
    pub at: UnixTime,
}
