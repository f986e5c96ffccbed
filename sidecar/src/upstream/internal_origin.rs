//! The origin at which the sidecar itself reaches a provider.

use protocol::uri::Base;

use super::error::UpstreamError;

/// Reads `providerInternalURL`: an address without a path, or with the issuer's; its origin. Empty: none is set.
pub(super) fn internal_origin(option: &str, issuer: &str) -> Result<Option<String>, UpstreamError> {
    if option.is_empty() {
        return Ok(None);
    }
    let read = Base::parse(option).ok().zip(Base::parse(issuer).ok());
    match read {
        Some((url, issuer)) if url.path().is_empty() || url.path() == issuer.path() => {
            Ok(Some(url.origin().to_owned()))
        }
        Some(_) | None => Err(UpstreamError::Misconfigured(format!(
            "providerInternalURL {option:?} is not scheme, host and port such as http://keycloak:8080; a path can only \
             be that of providerIssuer"
        ))),
    }
}
