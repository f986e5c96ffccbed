//! The base that a request is for: `publicURL`, or else the request's scheme and host with the tenant's path.

use super::log::{Level, LogLine};
use super::response::Response;
use crate::resource::options::BaseSource;
use crate::resource::request::{HeaderList, Several};
use crate::resource::tenant_paths::TenantPaths;
use crate::uri::Base;

/// The base of a request with these values of `X-Forwarded-Proto` and `Host`. Where tenants with a path share the
/// middleware, the base has no path yet: [`below_host`] adds it.
///
/// Traefik passes on an `X-Forwarded-Proto` that a proxy sent only if it trusts that proxy. Behind several proxies the
/// header may be a list, in one line or in several (RFC 9110 §5.3). The first value is the scheme that the client used.
pub(super) fn base_of(
    source: &BaseSource,
    scheme: HeaderList<'_>,
    host: HeaderList<'_>,
) -> Result<Base, Response> {
    let scheme = scheme.entries()?.next().unwrap_or_default();
    let host = host.only()?;
    let host = host.map_err(|Several| Response::bad_request("header repeated: Host"))?;
    new_base(source, scheme, host.unwrap_or_default())
}

fn new_base(source: &BaseSource, scheme: &[u8], host: &[u8]) -> Result<Base, Response> {
    let bad = || Response::bad_request("Host or X-Forwarded-Proto cannot be read");
    let host = core::str::from_utf8(host).map_err(|_| bad())?;
    match source {
        BaseSource::Fixed(base) => {
            let requested = Base::from_request(base.scheme().as_str(), host, "").map_err(|_| bad())?;
            if requested.origin() == base.origin() {
                return Ok(base.clone());
            }
            let reason = ["host ", requested.origin(), " is not that of publicURL"].concat();
            Err(Response::error(421, "misdirected_request", LogLine::new(Level::Warn, reason)))
        }
        BaseSource::Request { .. } | BaseSource::Paths(_) => {
            let path = match source {
                BaseSource::Request { path } => path.as_str(),
                BaseSource::Fixed(_) | BaseSource::Paths(_) => "",
            };
            let scheme = if scheme.is_empty() { b"http" } else { scheme };
            let scheme = core::str::from_utf8(scheme).map_err(|_| bad())?;
            let first = scheme.split(',').next().unwrap_or_default().trim();
            let base = Base::from_request(first, host, path).map_err(|_| bad())?;
            if base.is_secure_or_loopback() {
                return Ok(base);
            }
            let reason = [
                base.as_str(),
                " is http: serve it by https; behind another proxy, set option publicURL, or let Traefik \
                 believe that proxy (forwardedHeaders.trustedIPs of the entry point)",
            ];
            Err(Response::unavailable(30, LogLine::new(Level::Error, reason.concat())))
        }
    }
}

/// Returns the base of the tenant that a request with this URI is for, where tenants with a path share the middleware.
/// `host` is the base without a path.
pub(super) fn below_host(paths: &TenantPaths, host: &Base, uri: &[u8]) -> Result<Base, Response> {
    let path = uri.split(|b| *b == b'?').next().unwrap_or_default();
    // A path that is not UTF-8 counts as empty here. `Target::of` refuses the request.
    let path = core::str::from_utf8(path).unwrap_or_default();
    let found = paths.of_request(host.host(), path);
    Base::parse(&host.join(found))
        .map_err(|_| Response::bad_request("Host or X-Forwarded-Proto cannot be read"))
}
