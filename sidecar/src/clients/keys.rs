//! The public keys of clients that sign assertions: in their metadata, or at their `jwks_uri`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use openidconnect::core::CoreJsonWebKey;
use protocol::server::registration::ClientMetadata;
use protocol::time::UnixTime;
use serde_json::Value;
use url::Url;

use crate::upstream::UpstreamError;
use crate::upstream::http::HttpClient;

/// A key set is not larger, in bytes, and not longer.
const LARGEST: usize = 64 * 1024;
const MOST: usize = 32;
/// A key set is used this long, in seconds, and asked for again at most this often for a key it lacks.
const FRESH_SECS: u64 = 3_600;
const AGAIN_SECS: u64 = 60;
/// Addresses remembered; beyond it the memory starts anew.
const REMEMBERED: usize = 500;

/// Keys by address.
#[derive(Debug)]
pub(super) struct Keys {
    http: HttpClient,
    fetched: Mutex<HashMap<String, (UnixTime, Vec<CoreJsonWebKey>)>>,
}

impl Keys {
    pub(super) fn new(http: HttpClient) -> Self {
        Self { http, fetched: Mutex::default() }
    }

    /// The client's keys. `again`: those at hand did not verify.
    pub(super) async fn of(
        &self,
        metadata: &ClientMetadata,
        again: bool,
        now: UnixTime,
    ) -> Result<Vec<CoreJsonWebKey>, UpstreamError> {
        if let Some(jwks) = metadata.jwks() {
            return Ok(read(jwks));
        }
        let Some(uri) = metadata.jwks_uri() else { return Ok(Vec::new()) };
        let age = if again { AGAIN_SECS } else { FRESH_SECS };
        if let Some((at, keys)) = self.fetched.lock().unwrap_or_else(PoisonError::into_inner).get(uri)
            && *at <= now
            && now.since(*at) < age
        {
            return Ok(keys.clone());
        }
        let origin = Url::parse(uri).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        let endpoint = self.http.judge(&origin, uri)?;
        let reply = self.http.get_document(&endpoint, LARGEST).await?;
        let jwks = serde_json::from_slice::<Value>(reply.body.expose()).ok().filter(|_| reply.status == 200);
        let jwks = jwks.ok_or_else(|| UpstreamError::Unavailable(format!("{uri} gave no key set")))?;
        let keys = read(&jwks);
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        if fetched.len() >= REMEMBERED {
            fetched.clear();
        }
        fetched.insert(uri.to_owned(), (now, keys.clone()));
        Ok(keys)
    }
}

/// The keys of a set (RFC 7517 §5) that can be read and are for signatures; others are passed over.
fn read(jwks: &Value) -> Vec<CoreJsonWebKey> {
    let keys = jwks.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    keys.iter()
        .take(MOST)
        .filter(|key| key.get("use").is_none_or(|usage| usage == "sig") && is_strong(key))
        .filter_map(|key| serde_json::from_value(key.clone()).ok())
        .collect()
}

/// RSA keys of fewer than 2048 bits do not count (RFC 7518 §3.3). 342 letters of base64url are 256 bytes.
fn is_strong(key: &Value) -> bool {
    key.get("kty").is_none_or(|kty| kty != "RSA")
        || key.get("n").and_then(Value::as_str).is_some_and(|n| n.trim_start_matches('A').len() >= 342)
}
