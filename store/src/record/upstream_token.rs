//! Access tokens of identity providers.

use crate::sealed::Sealed;
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

/// The provider's own access token of a user. It is stored only at tenants whose MCP server gets it (`upstreamToken`),
/// and deleted when the code is redeemed or the grant is revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamTokenRecord {
    /// The token, sealed for its own place in the record ([`Place`](crate::crypto::Place)), so that it cannot be
    /// exchanged with the provider's refresh token.
    pub sealed: Sealed,
    /// From this time on, the token is not used.
    pub expires: UnixTime,
}
