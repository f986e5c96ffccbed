//! The public keys of clients that sign assertions: in their metadata, or at their `jwks_uri`.

use std::sync::{Mutex, PoisonError};

use openidconnect::core::CoreJsonWebKey;
use protocol::limits::document::{CLIENT_KEY_SET, CLIENT_KEYS};
use serde_json::Value;
use url::Url;

use super::client::Client;
use super::fetch::{FetchError, Fetcher};
use crate::edge::Ctx;
use crate::fetched::Memory;
use crate::upstream::http::Reply;

/// A key set is used this long, in seconds, and asked for again at most this often for a key it lacks.
const FRESH_SECS: u64 = 3_600;
const AGAIN_SECS: u64 = 60;
/// While its address cannot be had, a key set is used this long, in seconds: a day, so that an outage ends
/// no client's work and a withdrawn key does not live on.
const STALE_SECS: u64 = 86_400;
/// Addresses remembered.
const REMEMBERED: usize = 500;

/// Key sets by address.
#[derive(Debug)]
pub(super) struct Keys {
    sets: Mutex<Memory<Vec<CoreJsonWebKey>>>,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self { sets: Mutex::new(Memory::new(REMEMBERED)) }
    }

    /// The client's keys. `again`: those at hand did not verify.
    pub(super) async fn of(
        &self,
        fetcher: &Fetcher,
        ctx: &Ctx,
        client: &Client,
        again: bool,
    ) -> Result<Vec<CoreJsonWebKey>, FetchError> {
        if let Some(jwks) = client.metadata.jwks() {
            return Ok(read(jwks));
        }
        let Some(uri) = client.metadata.jwks_uri() else { return Ok(Vec::new()) };
        let now = fetcher.now();
        let kept = |secs: u64| {
            let sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
            sets.get(uri).filter(|entry| entry.is_younger(secs, now)).map(|entry| entry.value.clone())
        };
        if let Some(keys) = kept(if again { AGAIN_SECS } else { FRESH_SECS }) {
            return Ok(keys);
        }
        match fetch(fetcher, ctx, client, uri).await {
            Ok(keys) => {
                let known = client.record.approved_at.is_some();
                let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
                sets.put(uri, keys.clone(), known, now);
                Ok(keys)
            }
            Err(error) => match kept(STALE_SECS).filter(|_| error.is_passing()) {
                Some(keys) => {
                    let (tenant, client) = (ctx.tenant().key(), &client.record.client_id);
                    tracing::warn!(tenant, client, detail = %error, "keys of a client: older ones are used");
                    Ok(keys)
                }
                None => Err(error),
            },
        }
    }
}

/// Fetches a set of keys. Its address may have a query, unlike a document's.
async fn fetch(
    fetcher: &Fetcher,
    ctx: &Ctx,
    client: &Client,
    uri: &str,
) -> Result<Vec<CoreJsonWebKey>, FetchError> {
    let url = Url::parse(uri).map_err(|_| FetchError::Address)?;
    let read = |reply: Reply| {
        if reply.status != 200 {
            return Err(FetchError::Status(reply.status));
        }
        serde_json::from_slice(reply.body.expose()).map(|jwks| read(&jwks)).map_err(|_| FetchError::NotKeys)
    };
    fetcher.fetch(ctx, Some(&client.record), &url, CLIENT_KEY_SET.most, read).await
}

/// The keys of a set (RFC 7517 §5) that can be read and are for signatures; others are passed over.
fn read(jwks: &Value) -> Vec<CoreJsonWebKey> {
    let keys = jwks.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    keys.iter()
        .take(CLIENT_KEYS.most)
        .filter(|key| key.get("use").is_none_or(|usage| usage == "sig") && is_strong(key))
        .filter_map(|key| serde_json::from_value(key.clone()).ok())
        .collect()
}

/// RSA keys of fewer than 2048 bits do not count (RFC 7518 §3.3). 342 letters of base64url are 256 bytes.
fn is_strong(key: &Value) -> bool {
    key.get("kty").is_none_or(|kty| kty != "RSA")
        || key.get("n").and_then(Value::as_str).is_some_and(|n| n.trim_start_matches('A').len() >= 342)
}
