//! The value of a `ClientIP` matcher.

use core::fmt;
use std::net::IpAddr;

/// One address, or the range of all addresses that share its first bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Network {
    address: IpAddr,
    bits: Option<u8>,
}

impl Network {
    /// Reads `192.0.2.1`, `2001:db8::1` or a range such as `10.0.0.0/8`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Some((address, bits)) = text.split_once('/') else {
            return Some(Self { address: text.parse().ok()?, bits: None });
        };
        let address: IpAddr = address.parse().ok()?;
        // Rust would also accept a leading `+`; Go does not.
        if !bits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let bits = bits.parse().ok().filter(|bits| *bits <= width(address))?;
        Some(Self { address, bits: Some(bits) })
    }

    /// Whether the network contains this address. An IPv4-mapped IPv6 address counts as the IPv4 address.
    pub(super) fn contains(&self, client: IpAddr) -> bool {
        let (address, client) = (self.address.to_canonical(), client.to_canonical());
        let bits = match self.bits {
            None => width(address),
            Some(bits) => bits.saturating_sub(width(self.address) - width(address)),
        };
        width(address) == width(client) && high(address, bits) == high(client, bits)
    }
}

const fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The first `bits` bits of an address.
fn high(address: IpAddr, bits: u8) -> u128 {
    let number = match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    number.checked_shr(u32::from(width(address).saturating_sub(bits))).unwrap_or(0)
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bits {
            None => write!(f, "{}", self.address),
            Some(bits) => write!(f, "{}/{bits}", self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ranges() {
        let holds =
            |network: &str, client: &str| Network::parse(network).unwrap().contains(client.parse().unwrap());
        assert!(holds("192.0.2.1", "192.0.2.1") && !holds("192.0.2.1", "192.0.2.2"));
        assert!(holds("10.0.0.0/8", "10.255.1.2") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.9.9.9/8", "10.1.1.1"), "the bits after the range's do not count");
        assert!(holds("0.0.0.0/0", "203.0.113.9") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("::/0", "2001:db8::1") && !holds("::/0", "203.0.113.9"));
        assert!(holds("2001:db8::/33", "2001:db8:7fff::1") && !holds("2001:db8::/33", "2001:db8:8000::1"));
        assert!(holds("::ffff:192.0.2.1", "192.0.2.1") && holds("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(holds("::ffff:192.0.2.0/120", "192.0.2.9") && !holds("::ffff:192.0.2.0/120", "192.0.3.9"));
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            "localhost",
            "1.2.3",
            "01.2.3.4",
            "1.2.3.4/33",
            "1.2.3.4/",
            "1.2.3.4/+8",
            "::1/129",
            "fe80::1%eth0",
            "1.2.3.4:80",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
