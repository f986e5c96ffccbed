//! Where a request comes from, as far as an address tells.
//!
//! One IPv4 address is one subscriber, because hosted clients and offices share it already; a /24 is what
//! is routed and rented as one. For IPv6 a subscriber has a /64, and whoever has a tunnel or a small site
//! has a /48 with 65,536 of them: a limit per /64 alone would be none.

use std::net::IpAddr;

/// A version of IP (0 where the address is unknown, so that all of those are one) and the leading bits of an address.
pub type Prefix = (u8, u64);

/// The two sizes at which requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// One IPv4 address, or an IPv6 /64.
    pub subscriber: Prefix,
    /// An IPv4 /24, or an IPv6 /48.
    pub network: Prefix,
}

impl Origin {
    /// Of a client's address. An IPv4 address inside IPv6 (RFC 4291 §2.5.5.2) is that IPv4 address.
    pub fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(v4)) => {
                let bits = u64::from(v4.to_bits());
                Self { subscriber: (4, bits), network: (4, bits >> 8) }
            }
            Some(IpAddr::V6(v6)) => {
                let high = u64::try_from(v6.to_bits() >> 64).unwrap_or_default();
                Self { subscriber: (6, high), network: (6, high >> 16) }
            }
            None => Self { subscriber: (0, 0), network: (0, 0) },
        }
    }

    /// As bytes to hash.
    pub(super) fn bytes((version, bits): Prefix) -> [u8; 9] {
        let mut bytes = [version; 9];
        for (byte, value) in bytes.iter_mut().skip(1).zip(bits.to_be_bytes()) {
            *byte = value;
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Origin {
        Origin::of(Some(text.parse().unwrap()))
    }

    #[test]
    fn subscribers_and_networks_have_their_sizes() {
        for (one, other, same_subscriber, same_network) in [
            ("192.0.2.1", "192.0.2.1", true, true),
            ("192.0.2.1", "::ffff:192.0.2.1", true, true),
            ("192.0.2.1", "192.0.2.254", false, true),
            ("192.0.2.9", "::ffff:192.0.2.1", false, true),
            ("192.0.2.1", "192.0.2.2", false, true),
            ("192.0.2.1", "192.0.3.1", false, false),
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true, true),
            ("2001:db8:0:1::1", "2001:db8:0:ffff::1", false, true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false, true),
            ("2001:db8:0:1::1", "2001:db8:1:1::1", false, false),
            ("2001:db8:0::1", "2001:db8:1::1", false, false),
            ("0.0.0.0", "::", false, false),
        ] {
            let (one, other) = (of(one), of(other));
            assert_eq!(one.subscriber == other.subscriber, same_subscriber, "{one:?} {other:?}");
            assert_eq!(one.network == other.network, same_network, "{one:?} {other:?}");
        }
        assert_ne!(of("::").network, Origin::of(None).network);
        assert_eq!(Origin::of(None), Origin::of(None));
    }
}
