//! Nonces of the server for proofs (RFC 9449 §8, §9).
//!
//! A nonce holds the minute in which it was made and a MAC of it under a sub-key of the plugin key. So plugin and sidecar
//! accept each other's nonces, and neither has to remember one.

use crate::context::PluginKeys;
use crate::encoding::{b64url_decode, b64url_encode};
use crate::secret::hmac_sha256;
use crate::time::UnixTime;
use crate::uri::Base;
use subtle::ConstantTimeEq as _;

/// For how many minutes a nonce is accepted after the one in which it was made.
const MINUTES: u64 = 5;
/// Bytes of the minute, which stands before the MAC.
const MINUTE: usize = 4;
/// Bytes of the MAC.
const MAC: usize = 12;

/// A nonce for a client of this tenant.
pub fn nonce(keys: &PluginKeys, base: &Base, now: UnixTime) -> String {
    let minute = bytes_of(now.as_secs() / 60);
    let mac = keys.dpop_nonce_keys().next().map(|key| mac(key.expose(), base, minute)).unwrap_or_default();
    b64url_encode(&[&minute[..], &mac].concat())
}

/// Whether a nonce was made for this tenant in the last minutes.
pub fn is_recent(keys: &PluginKeys, base: &Base, now: UnixTime, nonce: &str) -> bool {
    let bytes = b64url_decode(nonce).ok().and_then(|bytes| <[u8; MINUTE + MAC]>::try_from(bytes).ok());
    let Some((minute, given)) = bytes.as_ref().and_then(|bytes| bytes.split_first_chunk::<MINUTE>()) else {
        return false;
    };
    let made = u64::from(u32::from_be_bytes(*minute));
    let present = now.as_secs() / 60;
    // The clocks of plugin and sidecar may differ by a minute.
    let is_in_time = made <= present + 1 && present <= made + MINUTES;
    is_in_time && keys.dpop_nonce_keys().any(|key| mac(key.expose(), base, *minute).ct_eq(given).into())
}

fn bytes_of(minute: u64) -> [u8; MINUTE] {
    u32::try_from(minute).unwrap_or(u32::MAX).to_be_bytes()
}

fn mac(key: &[u8; 32], base: &Base, minute: [u8; MINUTE]) -> [u8; MAC] {
    let digest = hmac_sha256(key, &[&minute[..], base.as_str().as_bytes()].concat());
    digest.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::PluginKey;
    use crate::secret::Secret;

    const NOW: UnixTime = UnixTime::new(1_800_000_000);

    fn keys(seed: u8, other: Option<u8>) -> PluginKeys {
        let key = |seed| PluginKey::new(Secret::new([seed; 32]));
        PluginKeys::new(key(seed), other.map(key).into_iter().collect())
    }

    fn base(text: &str) -> Base {
        Base::parse(text).unwrap()
    }

    #[test]
    fn a_nonce_is_accepted_for_some_minutes() {
        let (keys, base) = (keys(1, None), base("https://h.test"));
        let nonce = nonce(&keys, &base, NOW);
        assert_eq!(nonce.len(), 22);
        for (secs, is_accepted) in
            [(0, true), (59, true), (300, true), (359, true), (360, false), (86_400, false)]
        {
            assert_eq!(is_recent(&keys, &base, NOW.plus(secs), &nonce), is_accepted, "{secs}");
        }
        // Made by a clock that is ahead.
        assert!(is_recent(&keys, &base, NOW.minus(60), &nonce));
        assert!(!is_recent(&keys, &base, NOW.minus(120), &nonce));
    }

    #[test]
    fn a_nonce_is_that_of_one_tenant_and_of_keys_that_are_in_use() {
        let (ours, here) = (keys(1, None), base("https://h.test"));
        let made = nonce(&ours, &here, NOW);
        assert!(!is_recent(&ours, &base("https://h.test/wiki"), NOW, &made));
        assert!(!is_recent(&keys(2, None), &here, NOW, &made));
        assert!(is_recent(&keys(2, Some(1)), &here, NOW, &made));
    }

    #[test]
    fn nothing_else_is_a_nonce() {
        let (keys, base) = (keys(1, None), base("https://h.test"));
        let made = nonce(&keys, &base, NOW);
        let mut longer = made.clone();
        longer.push('A');
        let changed = made.replacen(&made[10..11], if &made[10..11] == "A" { "B" } else { "A" }, 1);
        for wrong in ["", "x", &longer, &made[..21], &changed] {
            assert!(!is_recent(&keys, &base, NOW, wrong), "{wrong}");
        }
    }
}
