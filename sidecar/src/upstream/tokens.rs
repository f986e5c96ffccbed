//! The token response of an OpenID provider.

use protocol::secret::Secret;
use protocol::time::UnixTime;
use serde::Deserialize;

use super::access_token::{Terms, UpstreamToken};
use super::error::UpstreamError;
use super::registration::Registration;

/// A successful token response (RFC 6749 §5.1, Core §3.1.3.3). The access token is used for userinfo, and may be passed
/// on to the MCP server.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: Option<Secret<String>>,
    pub(super) id_token: Option<Secret<String>>,
    pub(super) refresh_token: Option<Secret<String>>,
    #[serde(flatten)]
    terms: Terms,
}

impl Tokens {
    /// Returns the access token for the MCP server; `None` if the MCP server gets none. Fails if the MCP server could
    /// not use it.
    pub(super) fn upstream_token(
        &self,
        at: &Registration,
        asked: UnixTime,
    ) -> Result<Option<UpstreamToken>, UpstreamError> {
        let token = at.passes_token_on.then(|| self.terms.token(self.access_token.as_ref(), asked));
        token.transpose()
    }
}
