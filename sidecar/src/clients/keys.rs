//! The public keys of clients that sign assertions: keys in the client's metadata, or fetched from its `jwks_uri`.

use std::sync::{Mutex, PoisonError};

use events::{Kind, Reason};
use openidconnect::core::CoreJsonWebKey;
use protocol::encoding::b64url_decode;
use protocol::limits::document::{CLIENT_KEY_SET, CLIENT_KEYS};
use serde_json::Value;
use url::Url;

use super::client::{Client, is_known};
use super::fetch::{FetchError, Fetcher};
use crate::edge::Ctx;
use crate::fetched::Memory;
use crate::upstream::http::Reply;

/// How long a key set is used before it is fetched again, in seconds.
const FRESH_SECS: u64 = 3_600;
/// If none of the keys of a cached key set verifies a signature, the key set is fetched again if it has at least this
/// age, in seconds.
const AGAIN_SECS: u64 = 60;
/// How long a key set may be used while it cannot be fetched again, in seconds. A day bridges an outage, and limits how
/// long a withdrawn key stays valid.
const STALE_SECS: u64 = 86_400;
/// The maximum number of cached key sets.
const REMEMBERED: usize = 500;
/// The minimum length of the modulus of an RSA key, in bits.
const RSA_BITS: usize = 2_048;

/// A cache of key sets by URL.
#[derive(Debug)]
pub(super) struct Keys {
    sets: Mutex<Memory<Vec<CoreJsonWebKey>>>,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self { sets: Mutex::new(Memory::new(REMEMBERED)) }
    }

    /// Returns the client's keys. Set `again` if the cached keys did not verify a signature: then a key set is fetched
    /// again unless it is less than a minute old.
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
                let known = is_known(&client.record);
                let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
                sets.put(uri, keys.clone(), known, now);
                Ok(keys)
            }
            Err(error) => match kept(STALE_SECS).filter(|_| error.is_passing()) {
                Some(keys) => {
                    let event =
                        ctx.event_because(Kind::Operation, Reason::ClientKeys).succeeded().detail(&error);
                    fetcher.journal().record(
                        event
                            .client(&client.record.client_id)
                            .saying("the client's keys could not be fetched; older ones are used"),
                    );
                    Ok(keys)
                }
                None => Err(error),
            },
        }
    }
}

/// Fetches a key set. Its URL may have a query, unlike the URL of a metadata document.
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

/// Returns the signature keys of a JWK set (RFC 7517 §5). Keys for other uses and keys that cannot be parsed are
/// skipped.
fn read(jwks: &Value) -> Vec<CoreJsonWebKey> {
    let keys = jwks.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    keys.iter()
        .take(CLIENT_KEYS.most)
        .filter(|key| key.get("use").is_none_or(|usage| usage == "sig") && is_strong(key))
        .filter_map(|key| serde_json::from_value(key.clone()).ok())
        .collect()
}

/// Whether the key is strong enough: the modulus of an RSA key must have at least 2048 bits (RFC 7518 §3.3).
fn is_strong(key: &Value) -> bool {
    key.get("kty").is_none_or(|kty| kty != "RSA")
        || key.get("n").and_then(Value::as_str).is_some_and(|modulus| bits(modulus) >= RSA_BITS)
}

/// The number of bits of a base64url-encoded number, without leading zeros; 0 if the text is not base64url.
fn bits(number: &str) -> usize {
    let bytes = b64url_decode(number).unwrap_or_default();
    let leading = bytes.iter().take_while(|byte| **byte == 0).count();
    let first = bytes.get(leading).map_or(0, |byte| 8 - byte.leading_zeros() as usize);
    (bytes.len() - leading).saturating_sub(1) * 8 + first
}

#[cfg(test)]
mod tests {
    use protocol::encoding::b64url_encode;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_rsa_modulus_has_2048_bits() {
        let modulus = |zeros: usize, first: u8, rest: usize| {
            let bytes = [vec![0; zeros], vec![first], vec![0xff; rest]].concat();
            json!({ "kty": "RSA", "n": b64url_encode(&bytes) })
        };
        for (zeros, first, rest, strong) in [
            (0, 0x80, 255, true),
            (3, 0x80, 255, true),
            (0, 0x7f, 255, false),
            (1, 0x04, 255, false),
            (0, 0xff, 254, false),
            (300, 0, 0, false),
        ] {
            let key = modulus(zeros, first, rest);
            assert_eq!(is_strong(&key), strong, "{zeros} {first} {rest}");
        }
        assert!(!is_strong(&json!({ "kty": "RSA" })));
        assert!(!is_strong(&json!({ "kty": "RSA", "n": "not base64url!".repeat(40) })));
        assert!(is_strong(&json!({ "kty": "EC" })));
    }
}
