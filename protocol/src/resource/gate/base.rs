//! Which base a request is for (`publicURL`, or its scheme, host and the tenant's path).

use super::answer::{Level, LogLine, Response};
use super::view::RequestView;
use crate::resource::options::{BaseSource, TenantConfig};
use crate::uri::Base;

/// The base of this request. The last one is kept, since nearly all requests of a router share it.
pub(super) fn find_base<'a>(
    config: &TenantConfig,
    last: &'a mut Option<(Vec<u8>, Vec<u8>, Base)>,
    view: &mut dyn RequestView,
) -> Result<&'a Base, Response> {
    let one = |mut values: Vec<Vec<u8>>, what: &str| match values.len() {
        0 => Ok(Vec::new()),
        1 => Ok(values.swap_remove(0)),
        _ => Err(Response::bad_request(&["mcpbouncer: header repeated: ", what].concat())),
    };
    let host = one(view.header("host")?, "Host")?;
    let scheme = match config.base {
        BaseSource::Fixed(_) => Vec::new(),
        BaseSource::Request { .. } => one(view.header("x-forwarded-proto")?, "X-Forwarded-Proto")?,
    };
    if !matches!(last, Some((s, h, _)) if *s == scheme && *h == host) {
        *last = None;
    }
    if let Some((.., base)) = last {
        return Ok(base);
    }
    let base = new_base(&config.base, &scheme, &host)?;
    Ok(&last.insert((scheme, host, base)).2)
}

fn new_base(source: &BaseSource, scheme: &[u8], host: &[u8]) -> Result<Base, Response> {
    let bad = || Response::bad_request("mcpbouncer: Host or X-Forwarded-Proto cannot be read");
    let host = core::str::from_utf8(host).map_err(|_| bad())?;
    match source {
        BaseSource::Fixed(base) => {
            let asked = Base::from_request(base.scheme().as_str(), host, "").map_err(|_| bad())?;
            if asked.origin() == base.origin() {
                return Ok(base.clone());
            }
            let reason = ["mcpbouncer: host ", asked.origin(), " is not that of publicURL"].concat();
            Err(Response::error(421, "misdirected_request", LogLine::new(Level::Warn, reason)))
        }
        BaseSource::Request { path } => {
            let scheme = if scheme.is_empty() { b"http" } else { scheme };
            let scheme = core::str::from_utf8(scheme).map_err(|_| bad())?;
            let base = Base::from_request(scheme, host, path).map_err(|_| bad())?;
            if base.is_secure_or_loopback() {
                return Ok(base);
            }
            let reason = [
                "mcpbouncer: ",
                base.as_str(),
                " is http: serve it by https; behind another proxy, set option publicURL, or let Traefik \
                 believe that proxy (forwardedHeaders.trustedIPs of the entry point)",
            ];
            Err(Response::unavailable(30, LogLine::new(Level::Error, reason.concat())))
        }
    }
}
