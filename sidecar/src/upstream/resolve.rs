//! Resolves host names to public addresses, or refuses them.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::address::is_public;
use super::call::CallError;
use super::error::UpstreamError;

/// The error if a name has addresses, but none of them is public.
#[derive(Debug, thiserror::Error)]
#[error("the name has no public address, and the issuer is not in BOUNCER_INTERNAL_ISSUERS")]
pub(super) struct NotPublic;

/// A resolver that returns only public addresses, so that the address that was checked is the address that is used.
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> =
                found.into_iter().filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Checks a URL before it is sent to a proxy, which resolves the name again and connects to the address that it finds.
/// The name must have public addresses here and no others, so that a name of a private network is not called through
/// the proxy.
pub(super) async fn judge_before_proxy(url: &Url) -> Result<(), CallError> {
    let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
    let failed = |error: &dyn std::fmt::Display| {
        format!("{name}: {error}; names are resolved here before a request goes to the proxy")
    };
    let found = tokio::net::lookup_host((name, 0)).await;
    let found: Vec<SocketAddr> = found.map_err(|error| CallError::Unreachable(failed(&error)))?.collect();
    if found.is_empty() || found.iter().any(|address| !is_public(address.ip())) {
        return Err(UpstreamError::Unavailable(failed(&NotPublic)).into());
    }
    Ok(())
}
