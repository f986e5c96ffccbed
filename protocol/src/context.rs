//! The route proof and the sealed context: two encrypted header values about an OAuth request. With the route proof,
//! the plugin's `route` role shows to the plugin's tenant role that a request came through a router that leads to the
//! sidecar. With the context, the tenant role tells the sidecar the request's tenant and its settings.
//!
//! Both are encrypted with AES-256-GCM-SIV (RFC 8452) under sub-keys of the plugin key, one pair of sub-keys for each
//! purpose. A wasm guest has no randomness, so the nonce is derived: the first 12 bytes of HMAC-SHA-256 over the
//! plaintext. Equal plaintexts then give equal ciphertexts, which this mode of encryption allows. Both values can be
//! used several times: each is valid for a minute, for one method and path, and gives no right but to name a tenant and
//! an address.

mod endpoint;
mod error;
mod keys;

pub use endpoint::Endpoint;
pub use error::ContextError;
pub use keys::{PluginKey, PluginKeys, PluginKeysError};

use crate::settings::TenantSettings;
use crate::tenant::{Tenant, TenantId};
use crate::time::UnixTime;
use crate::uri::Base;
use keys::Purpose;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Request header with the sealed [`Context`], set by the plugin, read by the sidecar.
pub const CONTEXT_HEADER: &str = "X-MCPB-Context";
/// Request header with the route proof, set by the plugin's `route` role, read by its tenant role.
pub const ROUTE_HEADER: &str = "X-MCPB-Route";
/// Response header with the value `1` on every response of the sidecar. The plugin removes it.
pub const SIDECAR_HEADER: &str = "X-MCPB-Sidecar";

/// The request that a route proof is for.
#[derive(Clone, Copy, Debug)]
pub struct RoutedRequest<'a> {
    /// The request's method, as received.
    pub method: &'a str,
    /// The request's `Host` header as received. It is sealed so that a proof is not valid at another tenant's host.
    pub host: &'a str,
    /// The request's path as received, without query.
    pub path: &'a str,
}

/// Evidence that a request carries a route proof that is fresh and was made for this request. Only [`open_route`]
/// creates it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RouteProven(());

/// Seals the route proof of one request: the time `now`, the method, the host and the path, one per line. In HTTP, none
/// of these can hold a line break.
pub fn seal_route(keys: &PluginKeys, now: UnixTime, request: RoutedRequest<'_>) -> String {
    let RoutedRequest { method, host, path } = request;
    let lines = [&now.as_secs().to_string(), method, host, path].join("\n");
    keys.seal(Purpose::Route, lines.as_bytes())
}

/// Opens the value of [`ROUTE_HEADER`]. Fails if it was sealed for another method, host or path, or more than a minute
/// before or after `now`.
pub fn open_route(
    keys: &PluginKeys,
    value: &str,
    now: UnixTime,
    request: RoutedRequest<'_>,
) -> Result<RouteProven, ContextError> {
    let plain = keys.open(Purpose::Route, value)?;
    let mut lines = core::str::from_utf8(&plain).unwrap_or_default().split('\n');
    let mut line = || lines.next().ok_or(ContextError::Malformed);
    let iat = line()?.parse().map(UnixTime::new).map_err(|_| ContextError::Malformed)?;
    let (method, host, path) = (line()?, line()?, line()?);
    if host != request.host {
        return Err(ContextError::WrongHost);
    }
    validate(iat, now, method, request.method, path, request.path)?;
    Ok(RouteProven(()))
}

/// What the plugin tells the sidecar about one OAuth request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Context {
    /// When the context was sealed.
    pub iat: UnixTime,
    /// The request's method.
    pub method: String,
    /// The endpoint that the request is for.
    pub endpoint: Endpoint,
    /// The tenant's base URL, which is its issuer.
    pub base: Base,
    /// The tenant's id.
    pub tid: TenantId,
    /// The client's address, if the plugin knows it.
    pub client_address: Option<IpAddr>,
    /// The tenant's settings.
    pub settings: TenantSettings,
}

impl Context {
    /// Seals the context under the first of the plugin keys.
    pub fn seal(&self, keys: &PluginKeys) -> String {
        keys.seal(Purpose::Context, &json(self))
    }

    /// Opens the value of [`CONTEXT_HEADER`] for a request to the sidecar with this method and path. Fails if it was
    /// sealed for another method or path, or more than a minute before or after `now`.
    pub fn open(
        keys: &PluginKeys,
        header: &str,
        now: UnixTime,
        method: &str,
        path: &str,
    ) -> Result<Self, ContextError> {
        let plain = keys.open(Purpose::Context, header)?;
        let context: Self = serde_json::from_slice(&plain).map_err(|_| ContextError::Malformed)?;
        validate(context.iat, now, &context.method, method, context.endpoint.sidecar_path(), path)?;
        if context.settings.tid() != context.tid {
            return Err(ContextError::TenantMismatch);
        }
        Ok(context)
    }

    /// The tenant that the request is for.
    pub fn tenant(&self) -> Tenant {
        Tenant { base: self.base.clone(), id: self.tid }
    }
}

fn validate(
    iat: UnixTime,
    now: UnixTime,
    sealed_method: &str,
    method: &str,
    sealed_path: &str,
    path: &str,
) -> Result<(), ContextError> {
    if sealed_method != method {
        Err(ContextError::WrongMethod)
    } else if sealed_path != path {
        Err(ContextError::WrongPath)
    } else if !iat.within_skew_of(now) {
        Err(ContextError::ClockSkew)
    } else {
        Ok(())
    }
}

#[expect(clippy::expect_used, reason = "these types hold only strings, numbers and string-keyed maps")]
fn json<T: Serialize>(value: &T) -> zeroize::Zeroizing<Vec<u8>> {
    zeroize::Zeroizing::new(serde_json::to_vec(value).expect("serialisable"))
}

#[cfg(test)]
mod tests;
