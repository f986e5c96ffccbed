//! The network that a request comes from, as far as its address shows.
//!
//! One IPv4 address counts as one subscriber, because hosted clients and offices already share one; a /24 is the
//! smallest range that is routed and rented as a unit. With IPv6 a subscriber has a /64, but a tunnel or a small site
//! has a /48 with 65,536 of them, so a limit per /64 alone would limit nothing.

use std::net::IpAddr;

/// An IP version, and the leading bits of an address. The version is 0 for an unknown address, so that all unknown
/// addresses are counted together.
pub type Prefix = (u8, u64);

/// The two ranges for which requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// One IPv4 address, or one IPv6 /64.
    pub subscriber: Prefix,
    /// One IPv4 /24, or one IPv6 /48.
    pub network: Prefix,
}

impl Origin {
    /// Returns the ranges of a client's address. An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) counts as the IPv4
    /// address.
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

    /// Returns the prefix as bytes to hash.
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
