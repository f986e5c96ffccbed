//! Which base a request is for (`publicURL`, or its scheme, host and the tenant's path).

use super::answer::{Level, LogLine, Response};
use super::list::{HeaderList, Several};
use super::view::RequestView;
use crate::resource::options::{BaseSource, TenantConfig};
use crate::uri::Base;

/// A base with the scheme and the host it was found from, as sent.
pub(super) struct FoundBase {
    scheme: HeaderList,
    host: HeaderList,
    base: Base,
}

impl FoundBase {
    pub(super) const fn base(&self) -> &Base {
        &self.base
    }
}

/// The base of this request: the last request's, if its host and scheme are the same, as nearly always.
pub(super) fn find_base<'a>(
    config: &TenantConfig,
    last: &'a mut Option<FoundBase>,
    view: &mut dyn RequestView,
) -> Result<&'a Base, Response> {
    let host = view.header("host")?;
    let scheme = match config.base {
        BaseSource::Fixed(_) => HeaderList::default(),
        BaseSource::Request { .. } => view.header("x-forwarded-proto")?,
    };
    let known = matches!(last, Some(found) if found.host.same_as(&host) && found.scheme.same_as(&scheme));
    if !known {
        *last = None;
    }
    if let Some(found) = last {
        return Ok(&found.base);
    }
    let one = |list: &HeaderList, what: &str| match list.only()? {
        Ok(value) => Ok(value.unwrap_or_default().to_vec()),
        Err(Several) => Err(Response::bad_request(["mcpbouncer: header repeated: ", what].concat())),
    };
    let base = new_base(&config.base, &one(&scheme, "X-Forwarded-Proto")?, &one(&host, "Host")?)?;
    Ok(&last.insert(FoundBase { scheme, host, base }).base)
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
