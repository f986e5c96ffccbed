//! Names become public addresses here, or are refused.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::address::is_public;
use super::call::CallError;
use super::error::UpstreamError;

/// The name has addresses, and none of them is public.
#[derive(Debug, thiserror::Error)]
#[error("the name has no public address, and the issuer is not in BOUNCER_INTERNAL_ISSUERS")]
pub(super) struct NotPublic;

/// Resolves names to public addresses only, so that the address checked is the address dialled.
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

/// A proxy resolves the name once more and dials what it finds. So that nobody is led into a private network by a
/// plain name, the name must have public addresses here, and no others.
pub(super) async fn judge_before_proxy(url: &Url) -> Result<(), CallError> {
    let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
    let failed = |error: &dyn std::fmt::Display| {
        format!("{name}: {error}; names are resolved here before the proxy is asked")
    };
    let found = tokio::net::lookup_host((name, 0)).await;
    let found: Vec<SocketAddr> = found.map_err(|error| CallError::Unreachable(failed(&error)))?.collect();
    if found.is_empty() || found.iter().any(|address| !is_public(address.ip())) {
        return Err(UpstreamError::Unavailable(failed(&NotPublic)).into());
    }
    Ok(())
}
