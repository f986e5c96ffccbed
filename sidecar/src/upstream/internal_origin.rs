//! The origin at which the sidecar reaches a provider.

use protocol::uri::Base;

use super::error::UpstreamError;

/// Parses `providerInternalURL`, a URL without a path or with the issuer's path, and returns its origin; `None` if the
/// option is empty.
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
            "providerInternalURL {option:?} is not a scheme, host and port such as http://keycloak:8080; if it has a path, that must \
             be the path of providerIssuer"
        ))),
    }
}
