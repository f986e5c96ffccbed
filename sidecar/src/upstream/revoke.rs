//! Revokes tokens at the provider (RFC 7009) if its metadata name a revocation endpoint.

use super::error::UpstreamError;
use super::oidc::Oidc;
use super::port::ToRevoke;
use super::profile::Profile;
use super::refusal::{Refusal, ReportedError};
use super::registration::Registration;

impl Oidc {
    /// Returns `false` if the provider has no revocation endpoint. GitHub has none.
    pub(super) async fn revoke_token(
        &self,
        at: &Registration,
        token: &ToRevoke,
    ) -> Result<bool, UpstreamError> {
        if at.profile == Profile::GitHub {
            return Ok(false);
        }
        let metadata = self.documents.metadata(at, self.clock.now()).await?;
        let Some(endpoint) = &metadata.revocation_endpoint else { return Ok(false) };
        let endpoint = endpoint.as_ref().map_err(Clone::clone)?;
        let (token, hint) = match token {
            ToRevoke::Refresh(token) => (token, "refresh_token"),
            ToRevoke::Access(token) => (token, "access_token"),
        };
        let form = [("token", token.expose().as_str()), ("token_type_hint", hint)];
        let reply = self.post(at, endpoint, &form, self.methods.first(at, &metadata)).await?;
        if reply.status == 200 {
            return Ok(true);
        }
        let refusal = Refusal::read(&reply);
        let secrets: Vec<&str> =
            [token].into_iter().chain(&at.client_secret).map(|secret| secret.expose().as_str()).collect();
        let said = ReportedError::new(&refusal.code, refusal.description.as_deref(), &secrets);
        let text = format!("the revocation endpoint responded with status {}: {said}", reply.status);
        let may_pass = !(400..500).contains(&reply.status) || matches!(reply.status, 408 | 429);
        Err(if may_pass { UpstreamError::Unavailable(text) } else { UpstreamError::Misconfigured(text) })
    }
}
